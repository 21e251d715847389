/// Edits by byte range: what changes, and that nothing else does.

import Testing
import YAML

@Suite("Editor")
struct EditorTests {
  private func edit(_ text: String, _ changes: TreeChange...) throws -> String {
    var editor = try YAMLEditor(SourceText(Array(text.utf8)))
    try editor.apply(changes)
    return String(decoding: editor.bytes, as: UTF8.self)
  }

  @Test("a replaced scalar keeps its quotes and its comment")
  func replace() throws {
    #expect(
      try edit("a: old # why\nb: 'x'\n", .set(["a"], .string("new"))) == "a: new # why\nb: 'x'\n")
    #expect(try edit("b: 'x'\n", .set(["b"], .string("y"))) == "b: 'y'\n")
    #expect(try edit("b: x\n", .set(["b"], .string("yes"))) == "b: \"yes\"\n")
    #expect(try edit("b: 1\n", .set(["b"], .string("1"))) == "b: \"1\"\n")
  }

  @Test("a new key goes after the last line of its mapping, in its indentation")
  func insert() throws {
    #expect(
      try edit("a:\n    b: 1 # one\n\n# end\nc: 2\n", .set(["a", "d"], .string("x")))
        == "a:\n    b: 1 # one\n    d: x\n\n# end\nc: 2\n")
    #expect(try edit("a: {b: 1}\n", .set(["a", "d"], .string("x"))) == "a: {b: 1, \"d\": \"x\"}\n")
    #expect(try edit("a:\nc: 2\n", .set(["a", "d"], .string("x"))) == "a:\n  d: x\nc: 2\n")
    #expect(try edit("a: 1", .set(["b", "c"], .string("x"))) == "a: 1\nb:\n  c: x")
    #expect(try edit("a: 1\r\n", .set(["b"], .string("x"))) == "a: 1\r\nb: x\r\n")
  }

  @Test("a removed entry takes the comment above it and deeper comments below it along")
  func remove() throws {
    let text = "a: 1\n\n# about b\nb:\n  - c\n  # tail of b\n# about d\nd: 2\n"
    #expect(try edit(text, .remove(["b"])) == "a: 1\n\n# about d\nd: 2\n")
    #expect(try edit("- a\n- b # two\n- c\n", .remove([.index(1)])) == "- a\n- c\n")
    #expect(try edit("a: [x, y, z]\n", .remove(["a", .index(1)])) == "a: [x, z]\n")
    #expect(try edit("a: [x, y, z]\n", .remove(["a", .index(2)])) == "a: [x, y]\n")
    #expect(try edit("{\n  \"a\": 1,\n  \"b\": 2\n}\n", .remove(["a"])) == "{\n  \"b\": 2\n}\n")
  }

  @Test("an appended item looks like the items before it")
  func append() throws {
    #expect(
      try edit("r:\n- a\n- b\n\nz: 1\n", .append(["r"], .string("c")))
        == "r:\n- a\n- b\n- c\n\nz: 1\n")
    #expect(
      try edit("r:\n    - a # x\n", .append(["r"], .string("c"))) == "r:\n    - a # x\n    - c\n")
    #expect(try edit("r: [a, b]\n", .append(["r"], .string("c"))) == "r: [a, b, c]\n")
    #expect(try edit("r: []\n", .append(["r"], .string("c"))) == "r: [c]\n")
    #expect(try edit("r:\n", .append(["r"], .string("c"))) == "r:\n  - c\n")
    #expect(try edit("{\"r\": [\"a\"]}", .append(["r"], .string("c"))) == "{\"r\": [\"a\", \"c\"]}")
  }

  @Test(
    "what cannot be edited is refused",
    arguments: [
      ("x: &a [1]\nb: *a\n", TreeChange.remove(["x"])),
      ("x: &a {k: 1}\nb: *a\n", .set(["b", "k"], .string("2"))),
      ("<<: {a: 1}\nb: 1\n", .remove(["b"])),
      ("a: {b: 1}\n", .set(["a", "b", "c"], .string("x"))),
      ("a: 1\n", .remove(["b"])),
      ("a:\n  b: 1\n", .remove(["a", "b"])),
    ])
  func refuse(text: String, change: TreeChange) throws {
    var editor = try YAMLEditor(SourceText(Array(text.utf8)))
    #expect(throws: EditRefusal.self) { try editor.apply([change]) }
    #expect(!editor.isChanged)
  }

  /// Texts put together from pieces that are awkward in one way each.
  private static func randomText(_ generator: inout SystemRandomNumberGenerator) -> String {
    let pieces = [
      "# note\n", "\n", "a%: 1\n", "b%: \"ü # no comment\"  # é\n", "c%:\n- x\n- y\n",
      "d%:\n    - 1 # one\n    # two\n    - {k: v, l: [m]}\n", "e%: |\n  # text\n  more\n\n",
      "f%: {p: 1, q: [2, 3]}\n", "g%:\n  # deep\n  h: 1\n  i:\n    j: k\n  # after\n",
      "l%: >-\n  folded\n  text\n", "m%: plain\n  goes on\n", "n%:\n", "o%: ~\n", "'p%': 'it''s'\n",
    ]
    return (0..<Int.random(in: 1...9, using: &generator)).map { index in
      pieces.randomElement(using: &generator)?.replacing("%", with: "\(index)") ?? ""
    }.joined()
  }

  @Test("10,000 random edits change the tree as asked, or are refused, and keep all other lines")
  func randomEdits() throws {
    var generator = SystemRandomNumberGenerator()
    var applied = 0
    for _ in 0..<10_000 {
      let text = Self.randomText(&generator)
      var editor = try YAMLEditor(SourceText(Array(text.utf8)))
      let keys = (editor.root()?.entries ?? []).compactMap(\.key.scalar)
      guard let key = keys.randomElement() else { continue }
      let changes: [TreeChange] = [
        .remove([.key(key)]), .set([.key(key)], .string("new: # value")),
        .set(["added"], .map([("x", .string("y"))])), .append([.key(key)], .string("item")),
        .remove([.key(key), .index(0)]), .set([.key(key), "k"], .string("v")),
      ]
      guard let change = changes.randomElement() else { continue }
      guard (try? editor.apply([change])) != nil else { continue }
      applied += 1
      guard case .remove(let path) = change, path.count == 1 else { continue }
      let kept = String(decoding: editor.bytes, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
      var rest = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
      for line in kept {
        let index = rest.firstIndex(of: line)
        #expect(index != nil, "line '\(line)' of \(text)")
        rest = rest[(index ?? rest.startIndex)...].dropFirst()
      }
    }
    #expect(applied > 4000)
  }
}
