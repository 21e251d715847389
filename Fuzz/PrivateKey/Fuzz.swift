/// Backups of private keys: any bytes are keys or a fault.

import Cryptography
import Secrets
import Text
import Unsealing
import YAML

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPrivateKey(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = SecretBytes(copying: UnsafeRawBufferPointer(start: start, count: count))
  read(input)
  readBackup(input)
  // Mutations of base64 rarely reach the parser below, so DER gets its own armour.
  if let start, count > 0, start[0] == 0x30 {
    let base64 = Base64.encode(UnsafeRawBufferPointer(start: start, count: count))
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY"] {
      let pem = "-----BEGIN \(label)-----\n\(base64)\n-----END \(label)-----\n"
      read(Array(pem.utf8).withUnsafeBytes { SecretBytes(copying: $0) })
    }
  }
  return 0
}

/// The `tls.key` of every Secret, as in the controller's backup.
private func readBackup(_ file: SecretBytes) {
  guard let stream = try? SecretStream(file, lists: .unpacked) else { return }
  for item in stream.secrets.flatMap(\.items) where item.key == "tls.key" { read(item.value) }
}

private func read(_ file: SecretBytes) {
  do {
    let keys = try PrivateKeyFile.keys(in: file)
    precondition(!keys.isEmpty)
    for key in keys where key.size < 1024 {
      // The result for nonsense does not matter, but it must end.
      _ = try key.decrypt(
        sessionKey: [UInt8](repeating: 7, count: key.size)[...],
        body: [UInt8](repeating: 7, count: 16)[...], label: [])
    }
  } catch {
    precondition(error is PrivateKeyFile.ReadError || error is OpenSSLError)
  }
}
