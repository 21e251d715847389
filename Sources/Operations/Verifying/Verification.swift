/// `verify`: checks the files that the user named, on all cores.

package import Kubernetes
package import Preflight
internal import Reporting
package import SecretIO
internal import Text

/// Checks the SealedSecrets of files.
package struct Verification {
  /// The key of a certificate that the items are compared with.
  package enum Key {
    /// Of the environment's certificate, if there is one: an item for another key is a warning.
    case ofEnvironment(SealingKey?)
    /// Of the certificate that the user named: an item for another key is an error.
    case named(SealingKey)
  }

  private let key: Key
  private let keys: PrivateKeys?
  /// The controller that would make the Secrets.
  private let version: ControllerVersion

  /// - Parameter keys: open every item; nil to open none.
  /// - Parameter version: the version of the controller that would make the Secrets.
  package init(
    key: Key = .ofEnvironment(nil), keys: PrivateKeys? = nil,
    version: ControllerVersion = ControllerVersion.current
  ) {
    self.key = key
    self.keys = keys
    self.version = version
  }

  /// Checks every object of every file, and opens it where there are keys.
  package func run(_ files: [SealedFile]) throws -> [Verdict] {
    let locks = try Locks(files.map(\.path))
    let operation = operation
    var progress = Progress("checked", of: files.count)
    var verdicts: [Verdict] = []
    for batch in files.batches(of: 256) {
      verdicts += try parallelMap(
        count: batch.count, threads: Surroundings.processors, chunkSize: 8
      ) { range in
        try range.map { index in
          let file = batch[batch.startIndex + index]
          return operation.check(
            try PlainFile.read(file.path), file: PlainFile.name(file.path),
            origin: file.isNamed ? .named : .found,
            lock: locks[file.path])
        }
      }.flatMap { $0 }
      progress.advance(batch.count)
    }
    progress.end()
    let supply = NamespaceSupply()
    for index in verdicts.indices { verdicts[index].place { supply.namespace(of: $0) } }
    if keys != nil { try open(&verdicts, operation) }
    return verdicts
  }

  private var operation: VerifyOperation {
    let (sealingKey, isNamed): (SealingKey?, Bool) =
      switch key {
      case .ofEnvironment(let key): (key, false)
      case .named(let key): (key, true)
      }
    return VerifyOperation(
      key: sealingKey, isHeldAgainstKey: isNamed, keys: keys?.keys ?? [],
      threads: Surroundings.processors, version: version)
  }

  /// Opens the items of every object, and shows the progress.
  private func open(_ verdicts: inout [Verdict], _ operation: VerifyOperation) throws {
    var opening: Progress?
    try operation.open(&verdicts) { done, total in
      opening = opening ?? Progress("opened", of: total)
      opening?.advance(done)
    }
    opening?.end()
  }
}
