/// Quotes text from outside for the runbook, which becomes a commit message and the text of a pull
/// request; programs read both.

internal import Text

/// Text from outside, made harmless for the programs that read a runbook.
package enum Quoted {
  /// Returns a text on one line in which nothing is a command.
  ///
  /// It has no mention, no reference to an issue, no `[skip ci]`, no quick action, no Markdown
  /// syntax, and no control character.
  package static func text(_ text: String) -> String {
    var quoted = ""
    let scalars = Array(Visible.text(text).unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      // Inside a word, an underscore is not Markdown.
      case "_"
      where [index - 1, index + 1].allSatisfy({
        scalars.indices.contains($0) && scalars[$0].properties.isAlphabetic
      }):
        quoted += "_"
      case "[": quoted += "("
      case "]": quoted += ")"
      case "`": quoted += "'"
      case "@": quoted += "(at)"
      case "#": quoted += "no. "
      case "!": quoted += "."
      case "<": quoted += "("
      case ">": quoted += ")"
      case "&": quoted += "and "
      case "%": quoted += " percent "
      case "$": quoted += "(dollar)"
      case "*", "~", "|", "_": quoted += "\\" + String(scalar)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    // Links, and issues by address and short name: `closes https://…`, `fixes GH-1`.
    for (mark, apart) in [("://", ": //"), ("www.", "www ."), ("gh-", "gh ")] {
      quoted = separated(quoted, mark, apart)
    }
    // Forges skip checks on these words.
    let words = ["skip-checks", "skip-ci", "ci-skip", "NO_CI"]
    return words.contains { quoted.lowercased().holds($0.lowercased()) } ? "(left out)" : quoted
  }

  /// Returns a text with every occurrence of a mark, in any case, taken apart.
  private static func separated(_ text: String, _ mark: String, _ apart: String) -> String {
    let (bytes, mark) = (Array(text.utf8), Array(mark.utf8))
    var separated: [UInt8] = []
    var place = 0
    while place < bytes.count {
      let isMark =
        place + mark.count <= bytes.count
        && mark.indices.allSatisfy { index in
          let byte = bytes[place + index]
          return byte == mark[index] || (65...90).contains(byte) && byte | 0x20 == mark[index]
        }
      separated += isMark ? Array(apart.utf8) : [bytes[place]]
      place += isMark ? mark.count : 1
    }
    return String(decoding: separated, as: UTF8.self)
  }

  /// Returns the text as code, without what a program would read as a command.
  package static func code(_ text: String) -> String {
    var quoted = ""
    for scalar in Visible.text(text).unicodeScalars {
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

  /// Returns a string literal of SQL.
  package static func sql(_ text: String) -> String {
    "'" + text.pieces(between: "'").joined(separator: "''") + "'"
  }
}
