/// What is read, what is refused, and where a fault is said to be.

import Testing
import YAML

@Suite("Parser")
struct ParserTests {
  private func parse(_ text: String) throws -> [Document] {
    try parseYAML(SourceText(Array(text.utf8)))
  }

  @Test(
    "unquoted scalars are what Kubernetes makes of them",
    arguments: [
      ("0777", ScalarType.integer), ("1e3", .float), ("yes", .boolean), ("n", .boolean),
      ("~", .null),
      ("", .null), ("0x1F", .integer), ("1_000", .integer), (".5", .float), ("5.", .float),
      ("0b11", .integer), ("-.inf", .float), ("TrUe", .string), ("12:30", .string), ("1e", .string),
      ("0o18", .string), ("_1", .string), ("1,000", .string), ("=", .string), ("0x", .string),
      ("08", .integer), ("+1", .integer), ("2020-01-01", .string), ("-", .string),
    ])
  func scalars(text: String, type: ScalarType) {
    #expect(ScalarType(plain: text) == type)
  }

  @Test("every string that is written reads back as itself")
  func writer() throws {
    let awkward = [
      "", " ", "a: b", "# c", "null", "0777", "yes", "-", "- x", "é", "🔐", "\u{85}\u{2028}\u{FEFF}",
      "a\nb\n", "\t", "'", "\"", "\\", "{a}", "[a]", "*a", "&a", "!t", "@x", "%x", "`x`", "|", ">",
      "?", ":", "...", "---", "2020-01-01", "1:30", "=", "<<", "\u{7}", "a:",
      "x" + String(repeating: "y", count: 5000),
    ]
    for text in awkward {
      for line in ["k: \(YAMLWriter.scalar(text))\n", "k: [\(YAMLWriter.quoted(text))]\n"] {
        let value = try parse(line).first?.root?["k"]
        let node = value?.items?.first ?? value
        #expect(node?.scalar == text)
        #expect(node?.scalarType == .string)
      }
    }
  }

  @Test("faults have line and column, after characters of several bytes too")
  func locations() throws {
    func location(_ text: String) -> Location? {
      do {
        _ = try parse(text)
        return nil
      } catch {
        return (error as? YAMLError)?.location
      }
    }
    #expect(location("a: 1\nb: é\n\tc: 2\n")?.line == 3)
    // What Go takes, libyaml takes.
    #expect(location("a: é\nb:\t1\n") == nil)
    #expect(location("a: *nothing\n") == Location(line: 1, column: 4))
    let root = try parse("a: é\nb: 🔐x\n").first?.root
    #expect(root?["b"]?.location == Location(line: 2, column: 4))
  }

  @Test("invalid UTF-8, UTF-16 and deep nesting are refused")
  func hostile() {
    #expect(throws: YAMLError.self) { try SourceText([0x61, 0xFF, 0x62]) }
    #expect(throws: YAMLError.self) { try SourceText([0xFF, 0xFE, 0x61, 0]) }
    #expect(throws: YAMLError.self) { try parse(String(repeating: "[", count: 500)) }
    #expect(throws: YAMLError.self) { try parse(String(repeating: "- ", count: 500) + "x") }
  }

  @Test("a byte above 0x7F that begins no character is found, be it the only one")
  func loneByte() {
    for byte in [0x80, 0xBF, 0xC0, 0xF5, 0xFF] as [UInt8] {
      #expect(throws: YAMLError.self) { try SourceText([97, byte]) }
    }
    #expect(throws: Never.self) { try SourceText([97, 0x7F]) }
  }

  @Test("a line ends with LF, CRLF or CR, and a final end begins no line")
  func lineEnds() throws {
    for ending in ["\n", "\r\n", "\r"] {
      let text = try SourceText(Array("a: 1\(ending)b: 2\(ending)c: 3\(ending)".utf8))
      let width = ending.utf8.count
      #expect(text.lineStarts == [0, 4 + width, 8 + 2 * width], "\(Array(ending.utf8))")
      #expect(text.location(at: 5 + width) == Location(line: 2, column: 2))
      #expect(text.lineEnding == Array(ending.utf8))
      var editor = try YAMLEditor(text)
      try editor.apply([.set(["b"], .string("x")), .set(["d"], .string("y"))])
      #expect(
        editor.bytes
          == Array("a: 1\(ending)b: x\(ending)c: 3\(ending)d: \"y\"\(ending)".utf8))
    }
  }

  @Test("a byte-order mark and CRLF shift no position")
  func marks() throws {
    let source = try SourceText([0xEF, 0xBB, 0xBF] + Array("a: 1\r\nb: xyz\r\n".utf8))
    let node = try parseYAML(source).first?.root?["b"]
    #expect(node.map { source.text($0.range) } == "xyz")
  }

  @Test("the nearest known name is offered, a far one is not")
  func nearestNames() {
    #expect(
      nearest(to: "rotateEvry", among: ["rotateEvery", "use"]) == "; did you mean 'rotateEvery'?")
    #expect(nearest(to: "quux", among: ["rotateEvery", "fingerprints"]) == "")
  }
}
