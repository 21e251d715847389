/// `seal`, from either command line: Secrets in, SealedSecrets out.

package import ClusterAccess
internal import Cryptography
package import Manifests
internal import Reporting
package import Repository
internal import SecretIO
internal import Secrets
internal import YAML

/// Seals the Secrets of one file, with the settings of kubeseal's offline flags.
package struct SealRequest {
  /// The file of the Secrets; `-` is standard input.
  let input: String
  /// The file to write; nil for standard output.
  package var output: String?
  /// The format of the SealedSecrets.
  package var format = ManifestFormat.json
  /// What is sealed, and how.
  package var operation: SealOperation
  /// Whether to overwrite bytes that git does not have, as kubeseal does.
  let uncommitted: Uncommitted

  /// - Parameter input: the file of the Secrets; `-` is standard input.
  /// - Parameter output: the file to write; nil for standard output.
  /// - Parameter uncommitted: whether to overwrite bytes that git does not have.
  package init(
    input: String, output: String? = nil, operation: SealOperation, uncommitted: Uncommitted
  ) {
    self.input = input
    self.output = output
    self.operation = operation
    self.uncommitted = uncommitted
  }

  /// Seals every document, or none.
  ///
  /// - Throws: `CommandError`, and nothing was written.
  package func run(for certificate: SealingCertificate) throws {
    // The plaintexts are wiped before the first byte is written.
    try write(try sealed(for: certificate))
  }

  private func sealed(for certificate: SealingCertificate) throws -> [SealedSecret] {
    let secrets = try read()
    do throws(any Error) {
      return try operation.seal(secrets, for: certificate.certificate.key) {
        warn($0.message, $0.location)
      }
    } catch let fault as OperationFault { throw CommandError(fault, input: input) }
  }

  /// Reads the Secrets of the input; a name on the command line replaces theirs.
  func read() throws -> [SecretManifest] {
    if PlainFile.isTyped(input) {
      Notices.say("reading a Secret, as YAML or JSON, from the terminal")
    }
    MemoryProtection.warn()
    let file = try PlainFile.readSecret(input)
    do throws(OperationFault) {
      let (secrets, warnings) = try operation.read(file)
      for warning in warnings { warn(warning.message, warning.location) }
      return secrets
    } catch { throw CommandError(error, input: input) }
  }

  private func write(_ objects: [SealedSecret]) throws {
    var bytes: [UInt8] = []
    for object in objects {
      format.write(object.tree(format), to: &bytes) { bytes in
        // Everything is sealed, so from here on only the output itself can fail.
        guard output == nil, bytes.count > 1 << 16 else { return }
        StandardOutput.write(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    guard let output else { return StandardOutput.write(bytes) }
    try PlainFile.write(output, bytes, uncommitted: uncommitted)
  }

  func warn(_ message: String, _ location: Location) {
    Notices.warn(
      Diagnostic(message, hint: nil, file: PlainFile.name(input), location: location).text)
  }
}
