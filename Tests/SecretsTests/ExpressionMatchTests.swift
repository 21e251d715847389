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
}
