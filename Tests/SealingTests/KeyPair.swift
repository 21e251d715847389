/// Throwaway keys, and an independent implementation that opens what is sealed for them.

import Cryptography
import Foundation
import Kubernetes
import Testing

/// A throwaway key pair, made by OpenSSL's own command.
struct KeyPair {
  let folder: URL
  let certificate: Certificate
  let privateKey: RSAPrivateKey

  /// Makes a key of `bits`; the one of 8192 is kept in a file, for it takes seconds to make.
  init(bits: Int) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let key = folder.appending(path: "key")
    if bits == 8192 {
      let kept = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Vectors/keys/rsa-8192.pem")
      try FileManager.default.copyItem(at: kept, to: key)
    } else {
      _ = try run("openssl", ["genrsa", "-out", key.path, "\(bits)"])
    }
    let certificate = folder.appending(path: "cert")
    _ = try run(
      "openssl",
      [
        "req", "-x509", "-key", key.path, "-subj", "/CN=test", "-days", "30", "-out",
        certificate.path,
      ])
    let now = Int(Date().timeIntervalSince1970)
    self.certificate = try Certificate(pem: Array(Data(contentsOf: certificate)), now: now)
    privateKey = try RSAPrivateKey(pem: secret(Array(Data(contentsOf: key))))
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

  /// What Python's `cryptography` makes of ciphertexts, in hex.
  func pythonOpens(_ sealed: [(label: [UInt8], base64: String)]) throws -> [String] {
    let lines = try sealed.map { label, base64 in
      let fields = [String(decoding: label, as: UTF8.self), base64]
      return String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
    }
    return try run(
      "python3", ["-c", Self.oracle, folder.appending(path: "key").path],
      input: lines.joined(separator: "\n")
    ).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }
}

func secret(_ bytes: [UInt8]) -> SecretBytes {
  bytes.withUnsafeBytes { SecretBytes(copying: $0) }
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
