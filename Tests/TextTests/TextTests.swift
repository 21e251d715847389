/// Texts by their bytes: what Swift's own comparisons would get wrong.

import Testing
import Text

@Suite("Text")
struct TextTests {
  @Test("two spellings of one character are two texts, in comparisons, sets and lists")
  func sameBytes() {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    #expect(composed == decomposed)
    #expect(composed !== decomposed && composed === "\u{E9}")
    #expect(Set([Name(composed), Name(decomposed)]).count == 2)
    #expect([composed].includes(composed) && ![composed].includes(decomposed))
    // The Kelvin sign is a K for Swift, and a forged key for everybody else.
    #expect("\u{212A}EY" == "KEY" && "\u{212A}EY" !== "KEY")
    let nothing: String? = nil
    #expect(nothing === nil && nothing !== "")
  }

  @Test("an ASCII character is found whatever stands behind it")
  func pieces() {
    #expect("a/\u{301}b".pieces(between: "/") == ["a", "\u{301}b"])
    #expect("a=b=c".pieces(between: "=", atMost: 2) == ["a", "b=c"])
    #expect("".pieces(between: "/") == [""])
    #expect("x\r\ny".pieces(between: "\n") == ["x\r", "y"])
    #expect("${\u{301}a}\u{301}".place(of: "${")?.after == "\u{301}a}\u{301}")
    #expect("ab".place(of: "abc") == nil && "ab".holds("b") && !"ab".holds("\u{301}"))
    #expect("a.yml".without(suffix: ".yml") == "a" && "a.yml\u{301}".without(suffix: ".yml") == nil)
    #expect("-\u{301}x".without(prefix: "-") == "\u{301}x")
  }

  @Test(
    "a path is taken apart at its slashes",
    arguments: [
      ("/", "/", ""), ("/a", "/", "a"), ("a", nil, "a"), ("a/b", "a", "b"), ("a/", "a", ""),
      ("a/\u{301}b.yml", "a", "\u{301}b.yml"), ("/\u{301}", "/", "\u{301}"),
    ])
  func paths(path: String, folder: String?, name: String) {
    #expect(Path.split(path).folder === folder)
    #expect(Path.split(path).name === name)
  }

  @Test("a path is beneath a folder by whole steps")
  func beneath() {
    #expect(Path.relative("/a/b", to: "/a") == "b" && Path.relative("/a/b", to: "/") == "a/b")
    #expect(
      Path.relative("/ab", to: "/a") == nil && Path.isIn("/a", folder: "/a")
        && Path.isIn("/a/b", folder: "/a") && !Path.isIn("/a", folder: "/a/b"))
    #expect(
      Path.join(".", "x") == "x" && Path.join("/", "x") == "/x" && Path.join("a", "x") == "a/x")
    #expect(Path.parent("/") == "/" && Path.parent("/a/\u{301}b") == "/a")
  }

  @Test("a name is said, and what looks like a value is not")
  func tellingNames() {
    let names = [
      "JWT_SECRET", "clientSecretKey", "tls.crt", "password", "redis-password", ".dockerconfigjson",
      "DATABASE_URL", "oauth2ClientId", "ca-bundle.pem", "AWS_S3_KEY",
    ]
    #expect(names.filter { !SecretName.isTelling($0) } == [])
    let values = [
      "cTNYOXBMMm1ad1I3", "aGVsbG8gd29ybGQh", "S3cr3tPassw0rd", "c3VwZXI=", "aB3dE5fG7hJ9kL1m",
      "0f5e1b2c3d4a5968", "dGhpcyBpcyBhIHRlc3Q", "a/b", "x7K9mQ2pL4nR8vT1",
    ]
    #expect(values.filter { SecretName.isTelling($0) } == [])
    #expect(SecretName.quoted("a.b") == "'a.b'" && !SecretName.quoted("c3VwZXI=").holds("c3V"))
  }
}
