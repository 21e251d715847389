/// The private keys of several files, in PEM and in backups of the cluster.

import Cryptography
import Foundation
import Reporting
import TestSupport
import Testing

@testable import SecretIO

/// One after another, for the first one warns once if the memory is not locked.
@Suite("Files of private keys", .serialized)
struct PrivateKeysTests {
  private let folder: TemporaryFolder
  private let first: String
  private let second: String

  init() throws {
    folder = try TemporaryFolder()
    first = try vector("first.key")
    second = try vector("second.key")
  }

  /// A Secret as the cluster has it.
  private func backup(_ key: String, name: String = "tls.key") -> String {
    """
    apiVersion: v1
    kind: Secret
    metadata: {name: k, namespace: kube-system}
    data:
      tls.crt: \(Data("crt".utf8).base64EncodedString())
      \(name): \(Data(key.utf8).base64EncodedString())

    """
  }

  private func fingerprints(
    _ paths: String..., keyless: PrivateKeys.Keyless = .refused
  ) throws -> [String] {
    try PrivateKeys(paths, keyless: keyless).keys.map(\.fingerprint)
  }

  @Test("the keys come in the order of their files, each once, with its first file")
  func order() throws {
    let one = try folder.write("one", second)
    let both = try folder.write("both", first + second)
    let keys = try PrivateKeys([one, both, one])
    let expected = [try fingerprint(second), try fingerprint(first)]
    #expect(keys.keys.map(\.fingerprint) == expected && keys.files == [one, both])
    #expect(keys.description(0) == "\(expected[0]) (\(one))")
    #expect(keys.description(1) == "\(expected[1]) (\(both))")
    #expect(try fingerprints(both, one) == expected.reversed())
    #expect(try fingerprints() == [])
  }

  @Test("a backup of the cluster has a key in each Secret")
  func backups() throws {
    let expected = [try fingerprint(first), try fingerprint(second)]
    let one = try folder.write("one", backup(first))
    #expect(try fingerprints(one) == [expected[0]])
    let several = try folder.write("several", backup(first) + "---\n" + backup(second))
    #expect(try fingerprints(several) == expected)
    let pem = try folder.write("pem", second)
    #expect(try fingerprints(pem, one) == expected.reversed())
  }

  @Test("backups that were appended to one another are told apart")
  func appended() throws {
    let expected = [try fingerprint(first), try fingerprint(second)]
    let yaml = try folder.write("yaml", backup(first) + backup(second) + backup(first))
    #expect(try fingerprints(yaml) == expected)
    func json(_ key: String) -> String {
      """
      {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "k"},
        "data": {"tls.key": "\(Data(key.utf8).base64EncodedString())"}
      }

      """
    }
    #expect(try fingerprints(folder.write("json", json(first) + json(second))) == expected)
  }

  @Test("a list is the Secrets in it")
  func list() throws {
    func indented(_ text: String) -> String {
      text.split(separator: "\n").enumerated().map { ($0 == 0 ? "- " : "  ") + $1 + "\n" }.joined()
    }
    let items = indented(backup(first)) + indented(backup(second))
    let path = try folder.write("list", "apiVersion: v1\nitems:\n\(items)kind: List\n")
    #expect(try fingerprints(path) == [fingerprint(first), fingerprint(second)])
  }

  @Test("a file without a private key is refused, or skipped where that is asked for")
  func keyless() throws {
    let key = try folder.write("key", first)
    let hint = "make a backup with: kubectl get secret -n kube-system"
    for (content, fault) in [
      (try vector("first.crt"), ": contains a CERTIFICATE, not a private key"),
      (backup(first, name: "key"), ": contains no private key"),
      ("", ": contains no private key"),
    ] {
      let path = try folder.write("other", content)
      let refused = refusal { try fingerprints(key, path) }
      #expect(refused.text == path + fault && refused.hint?.hasPrefix(hint) == true)
      #expect(try fingerprints(path, key, keyless: .skipped) == [fingerprint(first)])
      #expect(try fingerprints(path, keyless: .skipped) == [])
    }
  }

  @Test("what is no backup is reported where it is wrong, or skipped")
  func noBackup() throws {
    let path = try folder.write("other", "a: b\n  c: [\n")
    let refused = refusal { try fingerprints(path) }
    #expect(try refused.text.contains(Regex(#"other:\d+:\d+: ."#)))
    #expect(refused.hint?.hasPrefix("make a backup with: ") == true)
    #expect(try fingerprints(path, keyless: .skipped) == [])
  }

  @Test("a key that is damaged is refused at its line, even where others are skipped")
  func damaged() throws {
    let junk = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    let path = try folder.write("other", "# a note\n" + junk)
    for keyless in [PrivateKeys.Keyless.refused, .skipped] {
      #expect(
        refusal { try fingerprints(path, keyless: keyless) }.text
          == "\(path):2:1: is not a readable private key")
    }
    #expect(
      refusal { try fingerprints(folder.write("backup", backup(junk))) }.text
        .hasSuffix("is not a readable private key"))
  }

  @Test("a key of another algorithm is named, or skipped")
  func notRSA() throws {
    let elliptic = text(try KeyPair(.ec(curve: "P-256")).privateKey)
    let path = try folder.write("other", "\n" + elliptic)
    #expect(
      refusal { try fingerprints(path) }.text == "\(path):2:1: is a key of type EC, not RSA")
    #expect(try fingerprints(path, keyless: .skipped) == [])
  }

  @Test("a file that is missing is refused, even where others are skipped")
  func missing() {
    let (text, _, _) = refusal { try fingerprints(folder("none"), keyless: .skipped) }
    #expect(text == "\(folder("none")): cannot be read: No such file or directory")
  }
}
