/// Generated values on standard output, for `generate`.

internal import Cryptography
internal import Secrets
package import Workspace

/// The output of `generate`.
package enum GeneratedOutput {
  /// Prints new values, each on a line.
  ///
  /// - Throws: an error of OpenSSL's random generator.
  package static func write(_ recipe: Recipe, count: Int) throws {
    MemoryProtection.warn()
    let newline = [UInt8(10)].withUnsafeBytes { SecretBytes(copying: $0) }
    for _ in 0..<count {
      StandardOutput.write(secret: try recipe.generate())
      StandardOutput.write(secret: newline)
    }
  }
}
