/// Secrets of these tests, and files with them.

import Cryptography
import Foundation
import Reporting
import Testing

func secret(_ text: String) -> SecretBytes {
  Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
}

func text(_ secret: SecretBytes) -> String {
  secret.withBytes { String(decoding: $0, as: UTF8.self) }
}

/// The text of a key or certificate of Tests/Vectors/keys.
func vector(_ name: String) throws -> String {
  let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try String(contentsOf: tests.appending(path: "Vectors/keys/\(name)"), encoding: .utf8)
}

func fingerprint(_ pem: String) throws -> String {
  try RSAPrivateKey(pem: secret(pem)).fingerprint
}

/// The only part of the error that `body` throws, and its status.
func refusal<Value>(
  _ body: () throws -> Value, at place: SourceLocation = #_sourceLocation
) -> (text: String, hint: String?, status: Int32) {
  let error = #expect(throws: CommandError.self, sourceLocation: place) { _ = try body() }
  #expect(error?.diagnostics.count == 1, sourceLocation: place)
  let part = error?.diagnostics.first
  return (part?.text ?? "", part?.hint, error?.status ?? 0)
}
