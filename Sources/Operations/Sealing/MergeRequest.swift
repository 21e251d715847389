/// `merge`, from either command line.

package import ClusterAccess
internal import Cryptography
internal import Reporting
internal import Repository
internal import SecretIO
internal import Text
internal import Files
internal import Workspace
internal import YAML

/// Seals Secrets into a file of SealedSecrets.
package struct MergeRequest {
  private let seal: SealRequest
  private let target: String
  private let style: SealingStyle

  /// - Parameter seal: the Secrets to merge, and how to read them.
  /// - Parameter target: the file of SealedSecrets to merge into.
  package init(seal: SealRequest, target: String, style: SealingStyle = .moltseal) {
    self.seal = seal
    self.target = target
    self.style = style
  }

  /// Merges every Secret, or none.
  ///
  /// - Throws: `CommandError`, and nothing was written.
  package func run(for certificate: SealingCertificate) throws {
    let file = try TargetFile(target, uncommitted: seal.uncommitted)
    // Report a missing file like every other unreadable file.
    let old = try file.read() ?? PlainFile.read(target)
    let secrets = try seal.read()
    let operation = MergeOperation(
      seal: seal.operation, target: target, style: style)
    do throws(any Error) {
      let merged = try operation.merge(
        secrets, into: old, for: certificate.certificate.key,
        // Under the name kubeseal, only the file itself provides the namespace.
        suppliedNamespace: {
          style == .kubeseal ? nil : NamespaceSupply().namespace(of: target)
        },
        sealed: { Notices.reached("sealed") })
      for warning in merged.warnings { seal.warn(warning.message, warning.location) }
      warnOfLock()
      try file.replace(old, with: merged.bytes)
      Notices.say(
        "merged \(merged.count) \(merged.count == 1 ? "item" : "items") into \(target)")
    } catch let fault as OperationFault { throw CommandError(fault, input: seal.input) }
  }

  /// Warns if the target belongs to a lock file, which does not have the new ciphertexts.
  private func warnOfLock() {
    let lock = Path.join(Path.split(target).folder ?? ".", LockPlace.name)
    guard style == .moltseal, Disk.exists(lock) else { return }
    Notices.warn(
      "\(target) belongs to \(lock), which does not have the new ciphertexts: rotate refuses items that it lists; give them new values with moltseal rotate \(CLI.only) instead"
    )
  }
}
