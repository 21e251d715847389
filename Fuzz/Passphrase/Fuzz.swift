/// Encrypted private keys: any bytes and passphrase are keys or a fault, and nobody is asked twice.

import Cryptography
import Text
import Unsealing

/// The first byte is the length of the passphrase, which follows; the rest is the file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPassphrase(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start, count > 1 else { return 0 }
  let length = min(Int(start[0]), count - 1)
  let all = UnsafeRawBufferPointer(start: start, count: count)
  let passphrase = SecretBytes(copying: UnsafeRawBufferPointer(rebasing: all[1..<1 + length]))
  let rest = UnsafeRawBufferPointer(rebasing: all[(1 + length)...])
  read(SecretBytes(copying: rest), passphrase)
  // Mutations of base64 rarely reach the decryption below, so DER gets its own armour.
  if rest.first == 0x30, !isSlow(rest) {
    let pem =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\(Base64.encode(rest))\n-----END ENCRYPTED PRIVATE KEY-----\n"
    read(Array(pem.utf8).withUnsafeBytes { SecretBytes(copying: $0) }, passphrase)
  }
  return 0
}

/// Whether a file asks for so many rounds that decrypting takes seconds, as key derivation intends.
private func isSlow(_ der: UnsafeRawBufferPointer) -> Bool {
  // An INTEGER of three bytes or more, anywhere.
  der.indices.dropLast(2).contains { der[$0] == 2 && (3...8).contains(der[$0 + 1]) }
}

private func read(_ file: SecretBytes, _ passphrase: SecretBytes) {
  var asked = 0
  do {
    let keys = try PrivateKeyFile.keys(in: file) {
      asked += 1
      return asked > 4 ? nil : passphrase
    }
    precondition(!keys.isEmpty)
  } catch {
    precondition(error is PrivateKeyFile.ReadError || error is OpenSSLError)
  }
}
