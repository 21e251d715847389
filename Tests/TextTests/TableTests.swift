/// Columns, and lines broken at a width.

import Testing
import Text

@Suite("Tables")
struct TableTests {
  @Test("columns are as wide as their longest cell that another one follows")
  func columns() {
    let rows = [["a", "bb", "c"], ["aaa", "a long last cell"], ["", "b", "d"]]
    #expect(
      Table.lines(rows) == ["  a    bb  c", "  aaa  a long last cell", "       b   d"])
    #expect(Table.lastColumn(rows) == 11)
    #expect(Table.lines([["x", "", ""]], indent: 0) == ["x"])
    #expect(Table.lines([]).isEmpty)
  }

  @Test("a line is broken at spaces, and continues where its last column begins")
  func wrapped() {
    #expect(Table.wrapped("short", width: 5, hang: 0) == ["short"])
    #expect(
      Table.wrapped("  a  one two three", width: 12, hang: 5)
        == ["  a  one two", "     three"])
    // Nothing is lost but the spaces at the breaks, and no word is cut.
    let text = "moltseal rotate --env prod --only api-database-password --live"
    for width in 20...80 {
      let lines = Table.wrapped(text, width: width, hang: 2)
      #expect(lines.flatMap { $0.split(separator: " ") } == text.split(separator: " "))
      #expect(lines.allSatisfy { $0.count <= width || $0.split(separator: " ").count == 1 })
      #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("  ") && !$0.hasPrefix("   ") })
    }
  }
}
