/// A backup of the controller's private keys in PEM.

package import Cryptography

/// Reads a backup file.
package enum PrivateKeyFile {
  package enum ReadError: Error {
    /// No private key in PEM.
    case noKey
    /// A certificate or public key where the private key should be.
    case notPrivate(found: String)
    /// It is encrypted, and no passphrase was given.
    case encrypted(line: Int)
    case wrongPassphrase(line: Int)
    case notRSA(String, line: Int)
    case unreadable(line: Int)
  }

  /// All private keys in `file`, PKCS#1 or PKCS#8, in order.
  ///
  /// - Parameter passphrase: called for each encrypted key; returns nil if nobody can be asked.
  package static func keys(
    in file: SecretBytes, passphrase: () throws -> SecretBytes? = { nil }
  ) throws -> [RSAPrivateKey] {
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
      keys.append(try read(pem, line: line, passphrase))
    }
    if keys.isEmpty, let label = blocks.first?.0 { throw ReadError.notPrivate(found: label) }
    if keys.isEmpty { throw ReadError.noKey }
    return keys
  }

  private static func read(
    _ pem: SecretBytes, line: Int, _ passphrase: () throws -> SecretBytes?
  ) throws -> RSAPrivateKey {
    do {
      return try RSAPrivateKey(pem: pem)
    } catch RSAPrivateKey.ReadError.encrypted {
      guard let passphrase = try passphrase() else { throw ReadError.encrypted(line: line) }
      do {
        return try RSAPrivateKey(pem: pem, passphrase: passphrase)
      } catch RSAPrivateKey.ReadError.notRSA(let type) {
        throw ReadError.notRSA(type, line: line)
      } catch {
        throw ReadError.wrongPassphrase(line: line)
      }
    } catch RSAPrivateKey.ReadError.notRSA(let type) {
      throw ReadError.notRSA(type, line: line)
    } catch {
      throw ReadError.unreadable(line: line)
    }
  }
}
