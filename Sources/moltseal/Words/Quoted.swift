/// What comes from outside, quoted for where it goes: the page of a change becomes the message of a commit and
/// the text of a request, and both are read by programs.

internal import Text

enum Quoted {
  /// A text on one line in which nothing is a command: no mention, no reference to an issue, no `[skip ci]`,
  /// no quick action, no mark of Markdown, no control character.
  static func text(_ text: String) -> String {
    var quoted = ""
    for scalar in Terminal.visible(text).unicodeScalars {
      switch scalar {
      case "[": quoted += "("
      case "]": quoted += ")"
      case "`": quoted += "'"
      case "@": quoted += "(at)"
      case "#": quoted += "no. "
      case "!": quoted += "."
      case "<": quoted += "("
      case ">": quoted += ")"
      case "*", "~", "|": quoted += "\\" + String(scalar)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    // Forges close issues on these words, and skip checks on this one.
    let words = ["skip-checks", "skip-ci", "ci-skip", "NO_CI"]
    return words.contains { quoted.lowercased().holds($0.lowercased()) } ? "(left out)" : quoted
  }

  /// The same as code: what stands in it is shown as it is, but for what a program would take out of it.
  static func code(_ text: String) -> String {
    var quoted = ""
    for scalar in Terminal.visible(text).unicodeScalars {
      switch scalar {
      case "`": quoted += "'"
      case "[": quoted += "("
      case "]": quoted += ")"
      case "@": quoted += "(at)"
      case "#": quoted += "no. "
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return "`\(quoted)`"
  }

  /// A literal of SQL.
  static func sql(_ text: String) -> String {
    "'" + text.pieces(between: "'").joined(separator: "''") + "'"
  }
}
