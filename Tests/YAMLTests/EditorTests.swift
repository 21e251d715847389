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
    // Behind the blank lines of a whole file, and before those within it.
    #expect(try edit("a: 1\n\n", .set(["b"], .string("x"))) == "a: 1\n\nb: x\n")
    #expect(
      try edit("a:\n  b: 1\n\nc: 2\n", .set(["a", "d"], .string("x")))
        == "a:\n  b: 1\n  d: x\n\nc: 2\n")
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

  @Test("many changes are made at once, and mean the same as one after another")
  func together() throws {
    let text = "a: {}\nb:\n  c: 1\n  d: 'x'\nl:\n- 1\n- 2\n- 3\no:\n---\nz: 1\n"
    let batches = [
      DocumentChanges(
        document: 0,
        changes: [
          .set(["b", "c"], .string("new")), .set(["b", "e"], .string("f")),
          .set(["b", "g"], .string("h")), .set(["m", "x"], .string("1")),
          .set(["m", "y"], .string("2")), .remove(["l", .index(2)]), .remove(["l", .index(0)]),
          .append(["l"], .string("4")), .append(["o"], .string("5")), .append(["o"], .string("6")),
          .set(["a", "k"], .string("v")), .set(["a", "l"], .string("w")),
          .set(["b", "c"], .string("last")),
        ]),
      DocumentChanges(
        document: 1, changes: [.set(["z"], .string("2")), .set(["z", "x"], .string("1"))]),
    ]
    var together = try YAMLEditor(SourceText(Array(text.utf8)))
    #expect(throws: EditRefusal.self) { try together.apply(batches) }
    #expect(!together.isChanged)
    try together.apply([
      batches[0], DocumentChanges(document: 1, changes: [.set(["z"], .string("2"))]),
    ])
    var apart = try YAMLEditor(SourceText(Array(text.utf8)))
    for change in batches[0].changes { try apart.apply([change]) }
    try apart.apply([.set(["z"], .string("2"))], document: 1)
    #expect(together.bytes == apart.bytes)
    #expect(
      String(decoding: together.bytes, as: UTF8.self)
        == "a: {\"k\": \"v\", \"l\": \"w\"}\nb:\n  c: last\n  d: 'x'\n  e: f\n  g: h\nl:\n- 2\n- \"4\"\no:\n- \"5\"\n- \"6\"\nm:\n  x: \"1\"\n  \"y\": \"2\"\n---\nz: \"2\"\n"
    )
  }

  @Test("a text of another spelling is another text")
  func spelling() throws {
    #expect(
      try edit("a: caf\u{E9}\n", .set(["a"], .string("cafe\u{301}"))).unicodeScalars.elementsEqual(
        "a: \"cafe\u{301}\"\n".unicodeScalars))
    #expect(Tree.string("\u{E9}") != Tree.string("e\u{301}"))
  }

  @Test("prose above an entry goes with it, and what is commented out stays")
  func commentedOut() throws {
    let text = "r:\n- a\n# - b\n# x: y\n# Note: this is prose\nb: 1\n"
    #expect(try edit(text, .remove(["b"])) == "r:\n- a\n# - b\n# x: y\n")
  }

  /// Steps of a fixed walk: the same texts and edits in every run.
  private struct Walk: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// Texts put together from pieces that are awkward in one way each.
  private static func randomText(_ walk: inout Walk) -> String {
    let pieces = [
      "# note\n", "\n", "a%: 1\n", "b%: \"ü # no comment\"  # é\n", "c%:\n- x\n- y\n",
      "d%:\n    - 1 # one\n    # two\n    - {k: v, l: [m]}\n", "e%: |\n  # text\n  more\n\n",
      "f%: {p: 1, q: [2, 3]}\n", "g%:\n  # deep\n  h: 1\n  i:\n    j: k\n  # after\n",
      "l%: >-\n  folded\n  text\n", "m%: plain\n  goes on\n", "n%:\n", "o%: ~\n", "'p%': 'it''s'\n",
    ]
    return (0..<Int.random(in: 1...9, using: &walk)).map { index in
      pieces.randomElement(using: &walk)?.replacing("%", with: "\(index)") ?? ""
    }.joined()
  }

  /// Whether the lines of one text stand in another in their order, `missing` of them left out.
  private static func isKept(_ lines: [Substring], in text: String, missing: Int) -> Bool {
    let others = text.split(separator: "\n", omittingEmptySubsequences: false)
    return others.difference(from: lines).removals.count <= missing
  }

  @Test("10,000 random edits change the tree as asked, or are refused, and keep all other lines")
  func randomEdits() throws {
    var walk = Walk(state: 7)
    var applied = [0, 0, 0]
    for _ in 0..<10_000 {
      let text = Self.randomText(&walk)
      var editor = try YAMLEditor(SourceText(Array(text.utf8)))
      let before = (editor.root()?.entries ?? [])
      guard let key = before.compactMap(\.key.scalar).randomElement(using: &walk) else { continue }
      let changes: [TreeChange] = [
        .remove([.key(key)]), .set([.key(key)], .string("new: # value")),
        .set(["added"], .map([("x", .string("y"))])), .append([.key(key)], .string("item")),
        .remove([.key(key), .index(0)]), .set([.key(key), "k"], .string("v")),
      ]
      guard let change = changes.randomElement(using: &walk) else { continue }
      guard (try? editor.apply([change])) != nil else {
        #expect(editor.bytes == Array(text.utf8))
        continue
      }
      let after = editor.root()
      let result = String(decoding: editor.bytes, as: UTF8.self)
      let old = text.split(separator: "\n", omittingEmptySubsequences: false)
      let new = result.split(separator: "\n", omittingEmptySubsequences: false)
      // The other keys are what they were.
      for entry in before {
        guard let name = entry.key.scalar, name != key else { continue }
        #expect(after?[name].map { Tree($0) } == Tree(entry.value), "\(name) of \(text)")
      }
      let value = before.last { $0.key.scalar == key }?.value
      switch change {
      case .remove(let path):
        applied[0] += 1
        #expect(Self.isKept(new, in: text, missing: path.count > 1 ? 1 : 0), "\(text)")
        if path.count == 1 {
          #expect(after?[key] == nil)
        } else {
          #expect(after?[key]?.items?.count == (value?.items?.count ?? 0) - 1)
        }
      case .set(let path, let wanted):
        applied[1] += 1
        #expect(after?.at(path).map { Tree($0) } == wanted, "\(text)")
        let size = value.map { node in
          text.utf8.dropFirst(node.range.lowerBound).prefix(node.range.count).count { $0 == 10 }
        }
        #expect(
          Self.isKept(old, in: result, missing: path.count == 1 ? 1 + (size ?? 0) : 1), "\(text)")
      case .append(let path, let item):
        applied[2] += 1
        #expect(after?.at(path)?.items?.last.map { Tree($0) } == item)
        #expect(after?.at(path)?.items?.count == (value?.items?.count ?? 0) + 1)
        #expect(Self.isKept(old, in: result, missing: 1), "\(text)")
      }
    }
    #expect(applied.allSatisfy { $0 > 500 }, "\(applied)")
  }
}
