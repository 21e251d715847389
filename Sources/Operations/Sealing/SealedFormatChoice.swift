/// The format of sealed output.

package import Manifests
internal import Reporting
internal import Text

extension ManifestFormat {
  /// Returns the format that a flag, a variable, or the name of the output asks for; JSON by
  /// default.
  package static func sealing(_ text: String?, output: String?) throws -> ManifestFormat {
    if let output, output.ends(with: ".yaml") || output.ends(with: ".yml") { return .yaml }
    guard let text, !text.isEmpty else { return .json }
    guard let format = ManifestFormat(rawValue: text.lowercased()) else {
      throw CommandError("'\(text)' is not an output format", hint: "use json or yaml")
    }
    return format
  }
}
