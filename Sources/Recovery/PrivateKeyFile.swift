/// A backup of the controller's private keys: PEM, or the Secret or List that kubectl wrote.

package import Cryptography

/// What a backup file holds.
package enum PrivateKeyFile {
  package enum ReadError: Error {
    /// Neither a private key in PEM nor a `tls.key`.
    case noKey
    /// A certificate or public key where the private key should be.
    case notPrivate(found: String)
    case encrypted(line: Int)
    case notRSA(String, line: Int)
    case unreadable(line: Int)
  }

  /// All private keys in `file`, in its order.
  ///
  /// The bytes are searched for PEM blocks and `tls.key` entries instead of parsed as YAML, so
  /// that no copy of a key is left in a parser's heap.
  package static func keys(in file: SecretBytes) throws -> [RSAPrivateKey] {
    let blocks = file.withBytes { bytes in
      PEMBlock.find(in: bytes).map { block in
        (
          block.label, block.line,
          SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[block.range]))
        )
      }
    }
    var keys: [RSAPrivateKey] = []
    for (label, line, pem) in blocks where label.hasSuffix("PRIVATE KEY") {
      if label == "ENCRYPTED PRIVATE KEY" { throw ReadError.encrypted(line: line) }
      keys.append(try read(pem, line: line))
    }
    if keys.isEmpty {
      for (line, pem) in file.withBytes({ encodedKeys(in: $0) }) {
        keys.append(try read(pem, line: line))
      }
    }
    if keys.isEmpty, let label = blocks.first?.0 { throw ReadError.notPrivate(found: label) }
    if keys.isEmpty { throw ReadError.noKey }
    return keys
  }

  private static func read(_ pem: SecretBytes, line: Int) throws -> RSAPrivateKey {
    do {
      return try RSAPrivateKey(pem: pem)
    } catch RSAPrivateKey.ReadError.encrypted {
      throw ReadError.encrypted(line: line)
    } catch RSAPrivateKey.ReadError.notRSA(let type) {
      throw ReadError.notRSA(type, line: line)
    } catch {
      throw ReadError.unreadable(line: line)
    }
  }

  /// The decoded values of every `tls.key: BASE64` or `"tls.key": "BASE64"`, with their lines.
  private static func encodedKeys(in bytes: UnsafeRawBufferPointer) -> [(Int, SecretBytes)] {
    let name = Array("tls.key".utf8)
    var found: [(Int, SecretBytes)] = []
    var line = 1
    var position = 0
    while position < bytes.count {
      if bytes[position] == 10 { line += 1 }
      guard bytes[position...].starts(with: name) else {
        position += 1
        continue
      }
      position += name.count
      let separators = Array("\"': \t".utf8)
      while position < bytes.count, separators.contains(bytes[position]) { position += 1 }
      let start = position
      while position < bytes.count, isBase64(bytes[position]) { position += 1 }
      let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
      if text.count > 64, let pem = Base64.decodeSecret(text) { found.append((line, pem)) }
    }
    return found
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
      UInt8(ascii: "="):
      true
    default: false
    }
  }
}
