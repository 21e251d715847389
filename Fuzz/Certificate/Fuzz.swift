/// Certificate files: any bytes are a certificate, or a fault with a line.

import Cryptography
import Text

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCertificate(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  read(input)
  // Mutations of base64 rarely reach the parser below, so DER gets its own armour.
  if input.first == 0x30 {
    let base64 = input.withUnsafeBytes { Base64.encode($0) }
    var lines = "-----BEGIN CERTIFICATE-----\n"
    for (index, character) in base64.enumerated() {
      if index > 0, index % 64 == 0 { lines += "\n" }
      lines.append(character)
    }
    read(Array((lines + "\n-----END CERTIFICATE-----\n").utf8))
  }
  return 0
}

private func read(_ pem: [UInt8]) {
  let lines = pem.count { $0 == 10 || $0 == 13 } + 1
  do {
    let certificate = try Certificate(pem: pem, now: 1_800_000_000)
    precondition(certificate.key.bits >= 2048)
    precondition(certificate.notBefore <= 1_800_000_000 && 1_800_000_000 <= certificate.notAfter)
  } catch {
    precondition((1...lines).contains(error.line))
  }
}
