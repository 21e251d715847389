/// What is sealed here, Python's `cryptography` opens, and nothing else does.

import Cryptography
import Foundation
import Recovery
import Sealing
import Testing

@Suite("Sealing")
struct SealingTests {
  /// A throwaway key pair, made by OpenSSL's own command.
  struct KeyPair {
    let folder: URL
    let certificate: Certificate
    let privateKey: RSAPrivateKey

    init(bits: Int) throws {
      folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      _ = try run(
        "openssl",
        [
          "req", "-x509", "-newkey", "rsa:\(bits)", "-nodes", "-subj", "/CN=test", "-days", "30",
          "-keyout", folder.appending(path: "key").path, "-out",
          folder.appending(path: "cert").path,
        ])
      let pem = Array(try Data(contentsOf: folder.appending(path: "cert")))
      certificate = try Certificate(pem: pem, now: Int(Date().timeIntervalSince1970))
      let key = Array(try Data(contentsOf: folder.appending(path: "key")))
      privateKey = try RSAPrivateKey(pem: key.withUnsafeBytes { SecretBytes(copying: $0) })
    }
  }

  private static let oracle = """
    import base64, json, sys
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    key = serialization.load_pem_private_key(open(sys.argv[1], "rb").read(), None)
    for line in sys.stdin:
        label, text = json.loads(line)
        sealed = base64.b64decode(text, validate=True)
        size = int.from_bytes(sealed[:2], "big")
        digest = hashes.SHA256()
        oaep = padding.OAEP(padding.MGF1(digest), digest, label.encode() or None)
        session = key.decrypt(sealed[2:2 + size], oaep)
        print(AESGCM(session).decrypt(bytes(12), sealed[2 + size:], None).hex())
    """

  private func secret(_ bytes: [UInt8]) -> SecretBytes {
    bytes.withUnsafeBytes { SecretBytes(copying: $0) }
  }

  @Test(
    "any bytes, scope, label and key size open in Python as they were",
    arguments: [2048, 2056, 3072, 4096])
  func pythonOpens(bits: Int) throws {
    let pair = try KeyPair(bits: bits)
    var jobs: [SealingJob] = []
    var plain: [[UInt8]] = []
    var labels: [String] = []
    for length in [0, 1, 15, 16, 17, 32, 1000, 70_000] {
      for scope in Scope.allCases {
        let bytes = (0..<length).map { _ in UInt8.random(in: 0...255) }
        let label = scope.label(namespace: "ns-\(length)", name: "näme.\(scope)")
        plain.append(bytes)
        labels.append(String(decoding: label, as: UTF8.self))
        jobs.append(SealingJob(label: label, value: secret(bytes)))
      }
    }
    let sealed = try seal(jobs, for: pair.certificate.key, threads: 2)
    let lines = try zip(labels, sealed).map { label, value in
      String(decoding: try JSONEncoder().encode([label, value.base64]), as: UTF8.self)
    }
    let opened = try run(
      "python3", ["-c", Self.oracle, pair.folder.appending(path: "key").path],
      input: lines.joined(separator: "\n"))
    let expected = plain.map { bytes in bytes.map { String(format: "%02x", $0) }.joined() }
    #expect(
      opened.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        == expected)
  }

  @Test("a flipped bit, a cut, another label or key opens nothing")
  func tampering() throws {
    let pair = try KeyPair(bits: 2048)
    let other = try KeyPair(bits: 2048)
    let value = secret(Array("hunter2".utf8))
    let label = Scope.strict.label(namespace: "ns", name: "name")
    let sealed = try seal(
      [SealingJob(label: label, value: value)], for: pair.certificate.key, threads: 1)[0]
    func open(_ base64: String, name: String = "name", key: RSAPrivateKey? = nil) throws -> String?
    {
      do {
        let keys = [key ?? pair.privateKey]
        return try unseal(base64, scope: .strict, namespace: "ns", name: name, keys: keys)
          .withBytes { String(decoding: $0, as: UTF8.self) }
      } catch is UnsealFailure {
        return nil
      }
    }
    #expect(try open(sealed.base64) == "hunter2")
    #expect(try open(sealed.base64, name: "other") == nil)
    #expect(try open(sealed.base64, key: other.privateKey) == nil)
    let bytes = Array(try #require(Data(base64Encoded: sealed.base64)))
    for bit in stride(from: 0, to: bytes.count * 8, by: 5) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(try open(Data(changed).base64EncodedString()) == nil, "bit \(bit)")
    }
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(try open(Data(bytes.prefix(length)).base64EncodedString()) == nil, "cut to \(length)")
    }
  }

  @Test("a thousand values keep their order on any number of threads", arguments: [1, 2, 5])
  func order(threads: Int) throws {
    let pair = try KeyPair(bits: 2048)
    let jobs = (0..<1000).map { SealingJob(label: [], value: secret(Array("value \($0)".utf8))) }
    let sealed = try seal(jobs, for: pair.certificate.key, threads: threads)
    #expect(Set(sealed.map(\.base64)).count == 1000)
    for index in stride(from: 0, to: 1000, by: 37) {
      let value = try unseal(
        sealed[index].base64, scope: .clusterWide, namespace: "", name: "", keys: [pair.privateKey])
      #expect(value.withBytes { String(decoding: $0, as: UTF8.self) } == "value \(index)")
    }
  }
}

/// Runs a program of the PATH and gives its standard output.
func run(_ name: String, _ arguments: [String], input: String = "") throws -> String {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [name] + arguments
  let (stdin, stdout) = (Pipe(), Pipe())
  process.standardInput = stdin
  process.standardOutput = stdout
  process.standardError = FileHandle.nullDevice
  try process.run()
  let writer = Thread {
    stdin.fileHandleForWriting.write(Data(input.utf8))
    try? stdin.fileHandleForWriting.close()
  }
  writer.start()
  let output = stdout.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  #expect(process.terminationStatus == 0, "\(name) failed")
  return String(decoding: output, as: UTF8.self)
}
