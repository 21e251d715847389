/// Renders the plain field references of a Go template.

internal import Cryptography
internal import Text

enum SecretTemplate {
  /// `text` with every `{{ .key }}` replaced; nil if it has anything else in braces.
  ///
  /// - Parameter missing: receives each field that is not an item; Go renders it as `<no value>`.
  static func render(
    _ text: String, _ data: [(key: String, value: SecretBytes)], missing: (String) -> Void
  ) -> SecretBytes? {
    var pieces: [SecretBytes] = []
    func literal(_ text: String) {
      pieces.append(Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) })
    }
    var rest = text
    while let (before, after) = rest.place(of: "{{") {
      literal(before)
      guard let (action, behind) = after.place(of: "}}"), let name = field(action) else {
        return nil
      }
      if let value = data.first(where: { $0.key === name })?.value {
        pieces.append(value)
      } else {
        missing(name)
        literal("<no value>")
      }
      rest = behind
    }
    literal(rest)
    return SecretBytes(joining: pieces)
  }

  /// The name in ` .name `; nil for anything else.
  ///
  /// A name is one Go identifier: with a space in it, Go reads two words.
  private static func field(_ action: String) -> String? {
    var scalars = Substring(action).unicodeScalars
    func isSpace(_ scalar: Unicode.Scalar?) -> Bool {
      scalar.map { " \t\r\n".unicodeScalars.contains($0) } ?? false
    }
    while isSpace(scalars.first) { scalars.removeFirst() }
    while isSpace(scalars.last) { scalars.removeLast() }
    guard scalars.popFirst() == ".", let first = scalars.first else { return nil }
    func isLetter(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
      default: scalar == "_"
      }
    }
    guard isLetter(first),
      scalars.allSatisfy({ isLetter($0) || $0.properties.generalCategory == .decimalNumber })
    else { return nil }
    return String(scalars)
  }
}
