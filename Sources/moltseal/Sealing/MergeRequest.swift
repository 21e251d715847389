/// `merge`, from either command line.

internal import Cryptography
internal import Glibc
internal import Operations
internal import Text
internal import Workspace
internal import YAML

struct MergeRequest {
  /// The Secrets to merge, and how to read them.
  var seal = SealRequest()
  /// The file of SealedSecrets to merge into.
  var target = ""
  /// Whether to refuse merges that kubeseal gets wrong, instead of doing them right.
  var isKubeseal = false

  /// Merges every Secret, or none.
  func run(for certificate: SealingCertificate) throws {
    let file = try TargetFile(target, allowsUncommitted: seal.allowsUncommitted)
    // Report a missing file like every other unreadable file.
    let old = try file.read() ?? PlainFile.read(target)
    let secrets = try seal.read()
    let operation = MergeOperation(
      seal: seal.operation, target: target, followsKubeseal: isKubeseal)
    do throws(any Error) {
      let merged = try operation.merge(
        secrets, into: old, for: certificate.certificate.key,
        // Under the name kubeseal, only the file itself provides the namespace.
        suppliedNamespace: { isKubeseal ? nil : NamespaceSupply().namespace(of: target) },
        sealed: { TestHooks.reached("sealed") })
      for warning in merged.warnings { seal.warn(warning.message, warning.location) }
      let lock = Path.join(Path.split(target).folder ?? ".", LockPlace.name)
      if !isKubeseal, access(lock, F_OK) == 0 {
        Terminal.warning(
          "\(target) belongs to \(lock), which does not have the new ciphertexts: rotate refuses items that it lists; give them new values with moltseal rotate --only instead"
        )
      }
      try file.replace(old, with: merged.bytes)
      Terminal.message(
        "merged \(merged.count) \(merged.count == 1 ? "item" : "items") into \(target)")
    } catch let fault as OperationFault { throw CommandError(fault, input: seal.input) }
  }
}
