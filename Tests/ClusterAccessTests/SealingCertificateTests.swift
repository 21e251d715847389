/// A certificate that is sealed for: its faults in words, its age, and the pins it must match.

import Cryptography
import Files
import Foundation
import Kubernetes
import Reporting
import TestSupport
import Testing
import Text
import Workspace
import YAML

@testable import ClusterAccess

@Suite("The certificate of a run")
struct SealingCertificateTests {
  private static func vector(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: folder.appending(path: "Vectors/keys/" + name)))
  }

  /// 2026-11-25T14:30:07Z, the first second of both certificates.
  private static let begin = 1_795_617_007

  private func certificate(
    _ bytes: [UInt8]? = nil, now seconds: Int = begin
  ) throws -> SealingCertificate {
    try SealingCertificate(
      pem: bytes ?? Self.vector("first.crt"), path: "c.pem", now: Timestamp(seconds: seconds))
  }

  private func environment(_ fields: String = "") throws -> WorkspaceEnvironment {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        prod: {kustomization: k.yml, output: out\(fields)}
      """
    return try Workspace(SourceText(Array(text.utf8))).environments[0]
  }

  private func diagnostic(_ body: () throws -> Void) -> Diagnostic? {
    #expect(throws: CommandError.self) { try body() }?.diagnostics.first
  }

  private func fault(_ bytes: [UInt8]) -> Diagnostic? {
    diagnostic { _ = try certificate(bytes) }
  }

  @Test("it is valid from its first second to its last, and its age is in whole days")
  func validity() throws {
    let made = try certificate()
    #expect(made.notBefore == Timestamp(seconds: Self.begin))
    #expect(made.bits == 2048 && made.path == "c.pem")
    let end = made.notAfter.seconds
    #expect(throws: Never.self) { try certificate(now: end) }
    let early = diagnostic { _ = try certificate(now: Self.begin - 1) }
    #expect(early?.message == "is not valid before 2026-11-25T14:30:07Z")
    let late = diagnostic { _ = try certificate(now: end + 1) }
    #expect(late?.message == "expired on \(made.notAfter)")
    #expect(late?.hint == "fetch the controller's certificate: moltseal cert fetch")
    for (seconds, days) in [(0, 0), (86_399, 0), (86_400, 1), (31 * 86_400 - 1, 30)] {
      #expect(made.ageInDays(at: Timestamp(seconds: Self.begin + seconds)) == days)
    }
  }

  @Test("what is no certificate is explained at its line")
  func faults() throws {
    let first = try Self.vector("first.crt")
    #expect(fault([])?.message == "contains no certificate")
    let other = Array("\n-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n".utf8)
    #expect(fault(other)?.message == "contains no certificate, but a PUBLIC KEY")
    #expect(fault(other)?.location == Location(line: 2, column: 1))
    let two = fault(first + first)
    #expect(
      two?.message == "contains 2 certificates; it must contain only the controller's")
    #expect(two?.location?.line == first.count { $0 == 10 } + 1)
    #expect(two?.file == "c.pem")
    let broken = Array("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n".utf8)
    #expect(fault(broken)?.message.begins(with: "is not a certificate: ") == true)
  }

  @Test("a private key is said to be one, and where it belongs")
  func privateKey() throws {
    let key = fault(try Self.vector("first.key"))
    #expect(key?.message == "is a private key, not a certificate")
    #expect(key?.hint?.holds("a private key belongs to --private-key") == true)
  }

  @Test("a byte-order mark is explained with the encoding to convert from")
  func encodings() throws {
    let first = try Self.vector("first.crt")
    for (mark, name, from) in [
      ([0xFF, 0xFE], "UTF-16", "UTF-16"), ([0xFE, 0xFF], "UTF-16", "UTF-16"),
      ([0xEF, 0xBB, 0xBF], "UTF-8 with a byte-order mark", "UTF-8"),
    ] as [([UInt8], String, String)] {
      let found = fault(mark + first)
      #expect(
        found?.message == "is encoded in \(name), so PEM readers find no certificate")
      #expect(
        found?.hint?.begins(with: "save it as plain ASCII: iconv -f \(from) -t ASCII") == true)
    }
  }

  @Test("a pinned environment takes only the keys that it pins")
  func pins() throws {
    let own = try certificate().fingerprint
    let other = try certificate(Self.vector("second.crt")).fingerprint
    #expect(own.begins(with: "sha256:") && own.utf8.count == 71 && own != other)
    for pins in ["", ", fingerprints: ['\(own)']", ", fingerprints: ['\(other)', '\(own)']"] {
      #expect(throws: Never.self, "\(pins)") { try certificate().checkPins(environment(pins)) }
    }
    let refused = diagnostic {
      try certificate().checkPins(environment(", fingerprints: ['\(other)']"))
    }
    #expect(
      refused?.message
        == "its key is \(own), which is not among the fingerprints of 'prod'")
    #expect(refused?.file == "c.pem")
    #expect(refused?.hint?.ends(with: "moltseal cert pin --env prod \(own)") == true)
  }

  @Test("the trust of a run includes its pins, at every age")
  func trust() throws {
    let other = try certificate(Self.vector("second.crt")).fingerprint
    for days in [0, 30, 31] {
      let now = Timestamp(seconds: Self.begin + days * 86_400)
      #expect(throws: Never.self) { try certificate().checkTrust(environment(), now: now) }
      #expect(throws: CommandError.self) {
        try certificate().checkTrust(environment(", fingerprints: ['\(other)']"), now: now)
      }
    }
  }

  @Test("it is read from the workspace, or from the file of the command line")
  func load() throws {
    let folder = try TemporaryFolder()
    for name in ["first", "second"] {
      try folder.write("\(name).crt", String(decoding: Self.vector("\(name).crt"), as: UTF8.self))
    }
    func load(_ override: String?, _ fields: String) throws -> SealingCertificate {
      try SealingCertificate.load(
        override: override, environment: environment(fields),
        folder: WorkspaceFolder(folder.path), now: Timestamp(seconds: Self.begin))
    }
    let own = try load(nil, ", certificate: first.crt")
    #expect(own.path == "first.crt")
    #expect(try own.fingerprint == certificate().fingerprint)
    let given = try load(folder("second.crt"), ", certificate: first.crt")
    #expect(given.path == folder("second.crt") && given.fingerprint != own.fingerprint)
    let none = diagnostic { _ = try load(nil, "") }
    #expect(none?.message == "environment 'prod' has no 'certificate'")
    #expect(none?.file == "moltseal.yml" && none?.location?.line == 4)
    let missing = diagnostic { _ = try load(nil, ", certificate: none.crt") }
    #expect(missing?.message.begins(with: "cannot read the certificate 'none.crt'") == true)
  }
}
