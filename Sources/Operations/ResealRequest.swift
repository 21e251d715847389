/// `reseal`: the same values for another certificate, in files that the user named.

internal import Cryptography
package import ClusterAccess
internal import Reporting
package import Repository
package import SecretIO
internal import Text

/// Seals the values of SealedSecrets again for another certificate.
package struct ResealRequest {
  private let keys: PrivateKeys
  private let namespace: String?
  private let name: String?
  private let unopened: Unopened
  /// The input as the user named it, for messages.
  private let input: String

  /// - Parameters:
  ///   - namespace: the namespace to move a single SealedSecret to; nil to leave it.
  ///   - name: the name to give to it; nil to leave it.
  ///   - unopened: whether to leave what cannot be opened unchanged.
  ///   - input: the input as the user named it, for messages.
  package init(
    keys: PrivateKeys, namespace: String?, name: String?, unopened: Unopened, input: String
  ) {
    self.keys = keys
    self.namespace = namespace
    self.name = name
    self.unopened = unopened
    self.input = input
  }

  /// Opens and seals every item again; writes nothing.
  ///
  /// - Throws: `CommandError` with a reason for each item that no key opens.
  package func run(
    _ files: [SealedFile], in targets: TargetFiles, for certificate: SealingCertificate
  ) throws -> ResealOperation.Outcome {
    let operation = ResealOperation(
      for: certificate.certificate.key, keys: keys.keys,
      moving: Move(namespace: namespace, name: name),
      unopened: unopened, threads: Surroundings.processors)
    let read = try files.map { file in
      let path = try targets.path(of: file.path)
      return ResealFile(
        path: path, name: file.path, bytes: try targets.read(path),
        origin: file.isNamed ? .named : .found)
    }
    let supply = NamespaceSupply()
    let places = LockPlaces()
    var locks: [Name: String] = [:]
    for file in read {
      locks[Name(file.path)] = try places.lock(of: file.path, in: targets.place.root)
    }
    var progress: Progress?
    defer { progress?.end() }
    do throws(any Error) {
      return try operation.reseal(
        read, lockPath: { [locks] in locks[Name($0)] ?? $0 },
        lock: { try targets.readIfPresent($0) },
        suppliedNamespace: { supply.namespace(of: $0) }
      ) { done, total in
        progress = progress ?? Progress("opened", of: total)
        progress?.advance(done)
      }
    } catch let fault as OperationFault {
      throw CommandError(fault, input: input)
    } catch let faults as OperationFaults {
      throw CommandError(faults, input: input)
    }
  }
}
