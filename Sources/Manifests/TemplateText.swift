/// Text that a renderer turns into a manifest, and that only the renderer understands.

internal import Text

package enum TemplateText {
  /// Why a file that is not YAML is not evaluated; nil if nothing shows that it is a template.
  package static func reason(_ bytes: [UInt8]) -> String? {
    let marks: [(text: String, what: String)] = [
      ("{{", "a template of Helm, Go or Jinja"), ("{%", "a template of Jinja"),
      ("<%", "a template of ERB or EJS"), ("#@", "a template of ytt"),
    ]
    let found = marks.first { bytes.contains(text: $0.text) }
    return found.map { "\($0.what), which only its renderer can read" }
  }

  /// Whether a name or a namespace is filled in later: `${ns}`, `{{ .Release.Name }}`.
  package static func isTemplate(_ name: String) -> Bool {
    name.holds("${") || name.holds("{{") || name.holds("{%") || name.holds("$(")
  }
}
