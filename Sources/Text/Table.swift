/// Rows of texts in columns.

package enum Table {
  /// The rows as lines: every column as wide as its longest cell that another one follows.
  ///
  /// - Parameters:
  ///   - indent: how many spaces each line begins with.
  ///   - gap: how many spaces are between two columns, at least.
  package static func lines(_ rows: [[String]], indent: Int = 2, gap: Int = 2) -> [String] {
    let widths = widths(rows)
    return rows.map { row in
      var line = String(repeating: " ", count: indent)
      for (index, cell) in row.enumerated() {
        line += cell
        guard isFollowed(index, in: row) else { break }
        line += String(repeating: " ", count: widths[index] + gap - cell.count)
      }
      return line
    }
  }

  /// Where the last column begins, in characters.
  package static func lastColumn(_ rows: [[String]], indent: Int = 2, gap: Int = 2) -> Int {
    indent + widths(rows).reduce(0) { $0 + $1 + gap }
  }

  /// Whether something is in a later cell of the row.
  private static func isFollowed(_ index: Int, in row: [String]) -> Bool {
    row[(index + 1)...].contains { !$0.isEmpty }
  }

  /// The longest cell of each column that another cell follows, in characters.
  private static func widths(_ rows: [[String]]) -> [Int] {
    var widths: [Int] = []
    for row in rows {
      for (index, cell) in row.enumerated() where isFollowed(index, in: row) {
        while index >= widths.count { widths.append(0) }
        widths[index] = max(widths[index], cell.count)
      }
    }
    return widths
  }

  /// A text in lines of a width, broken at spaces; those after the first begin with `hang` spaces.
  ///
  /// A word that is longer than a line stays whole.
  package static func wrapped(_ text: String, width: Int, hang: Int) -> [String] {
    guard text.count > width else { return [text] }
    var lines: [String] = []
    var line = ""
    var length = 0
    var begins = true
    for word in text.pieces(between: " ") {
      let size = word.count
      if !begins, length + 1 + size > width, length > hang {
        lines.append(line)
        line = String(repeating: " ", count: hang)
        length = hang
        begins = true
        if word.isEmpty { continue }
      }
      if !begins {
        line += " "
        length += 1
      }
      line += word
      length += size
      // Leading spaces are the line's indentation.
      begins = false
    }
    return lines + [line]
  }
}
