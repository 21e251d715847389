/// Values read backwards: what placeholders stood for, and values that nobody made so.

import Cryptography
import Secrets
import Testing
import Workspace

@Suite("Expressions backwards")
struct ExpressionMatchTests {
  private let names = ["a", "b", "c"]

  private func match(_ text: String, _ value: String) throws -> [String]? {
    let bytes = Array(value.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    return ExpressionMatch(try Expression(text, names: names), bytes)?.values.map { found in
      found.name + "=" + found.value.withBytes { String(decoding: $0, as: UTF8.self) }
    }
  }

  @Test("each placeholder gets what it stood for")
  func read() throws {
    #expect(try match("x://${a}:${b}@h/${c}", "x://u:p@h/d") == ["a=u", "b=p", "c=d"])
    #expect(try match("${a|base64}", "cDE=") == ["a=p1"])
    #expect(try match("x://${a|uri}@h", "x://p%40q@h") == ["a=p@q"])
    #expect(try match("x://${a}@h", "y://p@h") == nil)
  }

  @Test(
    "a long text of one letter is given up on, whatever the literals are",
    arguments: [
      "${a}x${b}y${c}x", "${a}x${b|base64}x${c|hex}y",
    ])
  func hostile(text: String) throws {
    #expect(try match(text, String(repeating: "x", count: 64 << 10)) == nil)
  }

  @Test("so is one with a long literal")
  func longLiteral() throws {
    let literal = String(repeating: "x", count: 32 << 10)
    #expect(try match("${a}\(literal)y${b}", literal + literal) == nil)
    #expect(try match("${a}-\(literal)-${b}", "u-\(literal)-p") == ["a=u", "b=p"])
  }

  @Test("the whole value is read, and no more than there is")
  func whole() throws {
    #expect(try match("abc", "abc") == [])
    for value in ["ab", "abcd", "xabc", ""] { #expect(try match("abc", value) == nil) }
    #expect(try match("${a}", "") == ["a="])
    #expect(try match("${a}x", "vx") == ["a=v"])
    #expect(try match("${a}x", "x") == ["a="])
    #expect(try match("${a}x", "vxy") == nil)
    #expect(try match("${a}xx", "x") == nil)
    #expect(try match("${a.previous}", "x") == nil)
  }

  @Test("a literal is found at its first place, and the last one at the end")
  func places() throws {
    #expect(try match("${a}:${b}", "x:y:z") == ["a=x", "b=y:z"])
    #expect(try match("${a}@h", "x@h@h") == ["a=x@h"])
    #expect(try match("${a}${b}", "xy") == ["a=", "b=xy"])
    #expect(try match("${a}-${b|hex}", "u-v-70") == ["a=u-v", "b=p"])
    #expect(try match("${a}-${b|hex}", "u-v-7") == nil)
  }

  @Test(
    "each filter is undone, and what it cannot have made is no match",
    arguments: [
      ("base64", "cDE=", "p1"), ("base64", "cDE", nil), ("base64url", "cDE", "p1"),
      ("base64url", "fn5-", "~~~"), ("base64url", "Pz8_", "???"), ("base64url", "cA", "p"),
      ("base64", "cD==", nil),
      ("hex", "70", "p"), ("hex", "7", nil), ("hex", "7g", nil), ("hex", "+7", nil),
      ("hex", "-0", nil), ("uri", "%+7", nil), ("uri", "%7E%3fx", "~?x"),
      ("uri", "%4", nil), ("uri", "%4g", nil), ("uri", "a%", nil),
      ("pgpass", #"a\:b\\c"#, #"a:b\c"#),
      ("pgpass", #"a\"#, nil), ("conninfo", #"it\'s"#, "it's"),
      ("json", #"a\n\t\r\b\f"#, "a\n\t\r\u{8}\u{C}"),
      ("json", #"\"\\\/"#, #""\/"#), ("json", #"\u0041"#, nil), ("json", #"a\"#, nil),
      ("base64|uri", "cDE%3D", "p1"), ("hex|base64", "NzA=", "p"),
    ] as [(String, String, String?)])
  func filters(filters: String, value: String, read: String?) throws {
    #expect(try match("${a|\(filters)}", value) == read.map { ["a=" + $0] })
  }

  @Test("what cannot be undone matches anything, and has no value")
  func oneWay() throws {
    #expect(try match("x ${a|scram-sha-256} ${b}", "x SCRAM-SHA-256$4096 y") == ["b=y"])
  }
}
