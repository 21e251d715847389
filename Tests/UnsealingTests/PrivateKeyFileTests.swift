/// Which keys a backup has, and what is wrong with it and where.

import Cryptography
import Testing
import Unsealing

@Suite("Backups of private keys")
struct PrivateKeyFileTests {
  private func fingerprints(
    _ file: String, passphrase: () throws -> SecretBytes? = { nil }
  ) throws -> [String] {
    try PrivateKeyFile.keys(in: secret(file), passphrase: passphrase).map(\.fingerprint)
  }

  /// Why a file cannot be read, with its line.
  private func fault(_ file: String, _ passphrase: String? = nil) -> String {
    let error = #expect(throws: PrivateKeyFile.ReadError.self) {
      try fingerprints(file) { passphrase.map { secret($0) } }
    }
    return error.map { String(describing: $0) } ?? "none"
  }

  @Test("a file has all of its keys, in order, whatever stands around them")
  func order() throws {
    let (one, two) = (try Keys.text("first.key"), try Keys.text("second.key"))
    let (first, second) = (try Keys.first().fingerprint, try Keys.second().fingerprint)
    #expect(first != second)
    #expect(try fingerprints(one + two) == [first, second])
    #expect(try fingerprints(two + "# a note\n" + one) == [second, first])
    #expect(try fingerprints(try Keys.text("first.crt") + "\n" + two) == [second])
    #expect(try fingerprints(one + one) == [first, first])
  }

  @Test("the key of a certificate has the certificate's fingerprint")
  func certificate() throws {
    #expect(try Keys.publicKey("first").fingerprint == Keys.first().fingerprint)
    #expect(try Keys.publicKey("second").fingerprint == Keys.second().fingerprint)
  }

  @Test("one key has one fingerprint in every form")
  func forms() throws {
    let plain = try fingerprints(Keys.pkcs1)
    #expect(plain.count == 1)
    #expect(try fingerprints(Keys.pkcs8) == plain)
    for text in [Keys.encrypted, Keys.encryptedAsOfOld] {
      #expect(try fingerprints(text) { secret(Keys.passphrase) } == plain)
    }
  }

  @Test("a file without a key is told from one with something else")
  func nothing() throws {
    for text in ["", "\n", "a: b", "-----BEGIN-----", "-----END PRIVATE KEY-----"] {
      #expect(fault(text) == "noKey", "\(text)")
    }
    let certificate = try Keys.text("first.crt")
    #expect(fault(certificate) == "notPrivate(found: \"CERTIFICATE\")")
    let other = "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"
    #expect(fault(other + certificate) == "notPrivate(found: \"PUBLIC KEY\")")
  }

  @Test("an encrypted key that nobody can be asked about is said with its line")
  func encrypted() throws {
    #expect(fault(Keys.encrypted) == "encrypted(line: 1)")
    #expect(fault("\n# old\n" + Keys.encryptedAsOfOld) == "encrypted(line: 3)")
    let lines = Keys.pkcs8.utf8.count { $0 == 10 }
    #expect(fault(Keys.pkcs8 + "\n" + Keys.encrypted) == "encrypted(line: \(lines + 2))")
  }

  @Test(
    "a passphrase that does not fit is wrong, whatever the key is",
    arguments: [
      "", "correct", "correct horse ", "Correct horse", String(repeating: "x", count: 5000),
    ])
  func wrongPassphrase(passphrase: String) {
    #expect(fault("\n" + Keys.encrypted, passphrase) == "wrongPassphrase(line: 2)")
    #expect(fault("\n" + Keys.encryptedElliptic, passphrase) == "wrongPassphrase(line: 2)")
  }

  @Test("a passphrase is asked for once for each encrypted key, and for no other")
  func asked() throws {
    var asked = 0
    let file = [Keys.encrypted, Keys.pkcs8, Keys.encryptedAsOfOld].joined(separator: "\n")
    let found = try fingerprints(file) {
      asked += 1
      return secret(Keys.passphrase)
    }
    #expect(found.count == 3 && asked == 2)
    struct Interrupted: Error {}
    #expect(throws: Interrupted.self) { try fingerprints(file) { throw Interrupted() } }
  }

  @Test("a key of another kind is named, encrypted or not")
  func notRSA() {
    #expect(fault(Keys.elliptic) == "notRSA(\"EC\", line: 1)")
    #expect(fault("\n\n" + Keys.encryptedElliptic, Keys.passphrase) == "notRSA(\"EC\", line: 3)")
    #expect(fault(Keys.encryptedElliptic) == "encrypted(line: 1)")
  }

  @Test("a block that is no key is unreadable, and no other key makes up for it")
  func unreadable() throws {
    let junk = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    #expect(fault(junk) == "unreadable(line: 1)")
    #expect(fault(Keys.pkcs8 + "\n" + junk).hasPrefix("unreadable"))
    #expect(fault(junk + Keys.pkcs8).hasPrefix("unreadable"))
    #expect(fault(junk.replacing(" PRIVATE", with: " OPENSSH PRIVATE")).hasPrefix("unreadable"))
    let cut = Keys.pkcs8.split(separator: "\n").dropLast(2).joined(separator: "\n")
    #expect(fault(cut).hasPrefix("unreadable"))
  }
}
