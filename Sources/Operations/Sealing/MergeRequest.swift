/// `merge`, from either command line.

package import ClusterAccess
internal import Cryptography
internal import Reporting
internal import Repository
internal import SecretIO
internal import Text
internal import Transactions
internal import Workspace
internal import YAML

package struct MergeRequest {
  /// The Secrets to merge, and how to read them.
  var seal = SealRequest()
  /// The file of SealedSecrets to merge into.
  var target = ""
  /// Whether to refuse merges that kubeseal gets wrong, instead of doing them right.
  var isKubeseal = false

  package init(seal: SealRequest = SealRequest(), target: String = "", isKubeseal: Bool = false) {
    self.seal = seal
    self.target = target
    self.isKubeseal = isKubeseal
  }

  /// Merges every Secret, or none.
  package func run(for certificate: SealingCertificate) throws {
    let file = try TargetFile(target, allowsUncommitted: seal.allowsUncommitted)
    // Report a missing file like every other unreadable file.
    let old = try file.read() ?? PlainFile.read(target)
    let secrets = try seal.read()
    let operation = MergeOperation(
      seal: seal.operation, target: target, style: isKubeseal ? .kubeseal : .moltseal)
    do throws(any Error) {
      let merged = try operation.merge(
        secrets, into: old, for: certificate.certificate.key,
        // Under the name kubeseal, only the file itself provides the namespace.
        suppliedNamespace: { isKubeseal ? nil : NamespaceSupply().namespace(of: target) },
        sealed: { Notices.reached("sealed") })
      for warning in merged.warnings { seal.warn(warning.message, warning.location) }
      let lock = Path.join(Path.split(target).folder ?? ".", LockPlace.name)
      if !isKubeseal, Disk.exists(lock) {
        Notices.warn(
          "\(target) belongs to \(lock), which does not have the new ciphertexts: rotate refuses items that it lists; give them new values with moltseal rotate \(CLI.only) instead"
        )
      }
      try file.replace(old, with: merged.bytes)
      Notices.say(
        "merged \(merged.count) \(merged.count == 1 ? "item" : "items") into \(target)")
    } catch let fault as OperationFault { throw CommandError(fault, input: seal.input) }
  }
}
