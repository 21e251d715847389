/// What a command has done, as it is shown: the result first, then what to do next.

internal import Text
internal import Files

/// Lines for a terminal, which breaks them at its width.
package struct Screen {
  /// What a colour stands for; the words say it too.
  package enum State { case done, waits, refused }

  /// One line.
  package struct Line {
    /// The text, with control characters escaped.
    package let text: String
    /// Where the lines begin that a narrow terminal makes of this one.
    package var hang = 0
    /// The state that colours its first word; nil for none.
    package var state: State?
    /// Whether it is to be copied, so that no line is broken.
    package var isCommand = false
  }

  /// The lines from top to bottom.
  package private(set) var lines: [Line] = []

  mutating func line(_ text: String, hang: Int = 0, state: State? = nil) {
    lines.append(Line(text: Visible.text(text), hang: hang, state: state))
  }

  /// An empty line, where the last one is not empty.
  mutating func blank() {
    guard let last = lines.last, !last.text.isEmpty else { return }
    lines.append(Line(text: ""))
  }

  /// Rows in columns; of a row with a state, the first cell is coloured.
  mutating func table(_ rows: [(cells: [String], state: State?)]) {
    let cells = rows.map { $0.cells.map { Visible.text($0) } }
    let hang = Table.lastColumn(cells)
    for (text, row) in zip(Table.lines(cells), rows) {
      lines.append(Line(text: text, hang: hang, state: row.state))
    }
  }

  mutating func table(_ rows: [[String]]) { table(rows.map { ($0, nil) }) }

  /// A command to copy, on a line of its own.
  mutating func command(_ text: String) {
    lines.append(Line(text: "  " + Visible.text(text), isCommand: true))
  }
}

/// A number and its noun.
func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}
