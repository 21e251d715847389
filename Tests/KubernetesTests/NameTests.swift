/// What the API server accepts as a name, and what a Secret of a type must have.

import Kubernetes
import Testing

@Suite("Names")
struct NameTests {
  private static let long = String(repeating: "a", count: 63)

  @Test(
    "a namespace is a DNS-1123 label",
    arguments: [
      ("a", true), ("a-1", true), ("0", true), (long, true), (long + "a", false), ("", false),
      ("-a", false), ("a-", false), ("A", false), ("a.b", false), ("a_b", false), ("é", false),
    ])
  func label(name: String, isFine: Bool) {
    #expect((KubernetesNames.faultOfLabel(name) == nil) == isFine)
  }

  @Test("a name is labels joined by dots, of 253 characters at most")
  func subdomain() {
    let longest = [Self.long, Self.long, Self.long, String(repeating: "b", count: 61)]
      .joined(separator: ".")
    for (name, isFine) in [
      ("a.b", true), (longest, true), (longest + "b", false), ("a..b", false), (".a", false),
      ("a.", false), ("a.-b", false), ("", false),
    ] {
      #expect((KubernetesNames.faultOfSubdomain(name) == nil) == isFine, "\(name)")
    }
  }

  @Test("a key has letters, digits, '-', '_' and '.', and is no way out of a folder")
  func key() {
    let longest = String(repeating: "k", count: 253)
    for (key, isFine) in [
      ("A_b-c.d", true), (".env", true), ("a..b", true), (longest, true), (longest + "k", false),
      ("", false), (".", false), ("..", false), ("..a", false), ("a/b", false), ("a b", false),
    ] {
      #expect((KubernetesNames.faultOfKey(key) == nil) == isFine, "\(key)")
    }
  }

  @Test("a label's key has one prefix at most; an annotation's may have capitals there")
  func qualified() {
    for (key, isLabel, isAnnotation) in [
      ("app", true, true), ("example.com/app", true, true), ("a/b/c", false, false),
      ("example.com/", false, false), ("/app", false, false), ("Example.com/app", false, true),
      ("app_", false, false), ("\u{212A}.com/app", false, false),
    ] {
      #expect((KubernetesNames.faultOfQualifiedName(key) == nil) == isLabel, "\(key)")
      #expect((KubernetesNames.faultOfAnnotation(key) == nil) == isAnnotation, "\(key)")
    }
  }

  @Test("a label's value may be empty, and has a letter or digit at both ends")
  func value() {
    for (value, isFine) in [
      ("", true), ("a", true), ("A.b-C_9", true), (Self.long, true), (Self.long + "a", false),
      ("-a", false), ("a.", false), ("a b", false),
    ] {
      #expect((KubernetesNames.faultOfLabelValue(value) == nil) == isFine, "\(value)")
    }
  }

  @Test("a Secret of a type has the keys that the API server requires")
  func types() {
    func missing(_ type: String, _ keys: String...) -> String? {
      KubernetesNames.missingKeys(type: "kubernetes.io/\(type)", keys: keys)
    }
    #expect(missing("tls", "tls.crt", "tls.key") == nil)
    #expect(missing("tls", "tls.crt") == "the key 'tls.key'")
    #expect(missing("tls") == "the key 'tls.crt' and 'tls.key'")
    #expect(missing("basic-auth", "password") == nil)
    #expect(missing("basic-auth", "username") == nil)
    #expect(missing("basic-auth", "user") == "the key 'username' or 'password'")
    #expect(missing("ssh-auth", "id_rsa") == "the key 'ssh-privatekey'")
    #expect(missing("dockerconfigjson", ".dockercfg") == "the key '.dockerconfigjson'")
    #expect(KubernetesNames.missingKeys(type: "Opaque", keys: []) == nil)
  }
}
