/// Names and values of env files, as kubectl, docker and the dotenv libraries read them.

import Cryptography
import Testing

@testable import SecretIO

@Suite("Env files")
struct DotenvTests {
  private func quoted(_ value: String) -> String { text(Dotenv.quoted(secret(value))) }

  private func bytes(_ bytes: UInt8...) -> SecretBytes {
    bytes.withUnsafeBytes { SecretBytes(copying: $0) }
  }

  @Test("a variable has letters, digits and underscores, and no digit first")
  func names() {
    for name in ["A", "z", "_", "_1", "a1", "AZ_az_09", "Z9"] {
      #expect(Dotenv.isName(name), "\(name)")
    }
    for name in ["", "1", "0a", "9a", "a-b", "a.b", "a b", "a=b", "é", "a\u{301}", "a\n"] {
      #expect(!Dotenv.isName(name), "\(name)")
    }
  }

  @Test(
    "the neighbours of letters and digits in ASCII are no part of a name",
    arguments: ["/", ":", "@", "[", "`", "{", "^", "\u{7F}"])
  func neighbours(character: String) {
    #expect(!Dotenv.isName("a" + character) && !Dotenv.isName(character))
    #expect(!Dotenv.isNameOfKubectl("a" + character) && !Dotenv.isNameOfKubectl(character))
  }

  @Test("kubectl also takes hyphens and dots, but no path")
  func namesOfKubectl() {
    for name in ["A", "_", "a-b", "-a", "tls.key", ".a", "a..b", "a.", ".a..", "aZ09"] {
      #expect(Dotenv.isNameOfKubectl(name), "\(name)")
    }
    for name in ["", ".", "..", "..a", "1a", "0", "9.a", "a b", "a=b", "é"] {
      #expect(!Dotenv.isNameOfKubectl(name), "\(name)")
    }
  }

  @Test("the longest line of kubectl is one byte shorter than its buffer")
  func longestLine() { #expect(Dotenv.longestLine == 65_535) }

  @Test("a value that is no text cannot be written in any way")
  func noText() {
    for value in [bytes(0), bytes(97, 0, 98), bytes(97, 0), bytes(0xFF), bytes(97, 0xC3)] {
      #expect(Dotenv.faultOfQuoted(value) == "is not text")
      #expect(Dotenv.faultOfBare(value) == "is not text")
    }
    #expect(Dotenv.faultOfBare(bytes(10, 0)) == "is not text")
  }

  @Test("a line break can be quoted, and cannot stand by itself")
  func lineBreaks() {
    for value in ["a\nb", "a\rb", "\n", "a\r\n"] {
      #expect(Dotenv.faultOfQuoted(secret(value)) == nil)
      #expect(Dotenv.faultOfBare(secret(value)) == "has a line break")
    }
    for value in ["", "a b", "\"$`\\", "é\u{1F512}", "\t\u{B}\u{C}\u{1}"] {
      #expect(Dotenv.faultOfQuoted(secret(value)) == nil)
      #expect(Dotenv.faultOfBare(secret(value)) == nil)
    }
  }

  @Test(
    "what a shell or a library would read is escaped, and nothing else",
    arguments: [
      ("", ""), ("plain text", "plain text"), ("\"", "\\\""), ("\\", "\\\\"), ("$HOME", "\\$HOME"),
      ("`id`", "\\`id\\`"), ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"), ("\\n", "\\\\n"),
      ("a'b#c!d=e", "a'b#c!d=e"), ("é\u{1F512}\t", "é\u{1F512}\t"), ("\"\"$", "\\\"\\\"\\$"),
    ])
  func quoting(value: String, inside: String) {
    #expect(quoted(value) == "\"" + inside + "\"")
    #expect(Dotenv.quoted(secret(value)).count == inside.utf8.count + 2)
  }
}
