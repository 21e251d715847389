/// `verify`: checks the files that the user named, on all cores.

package import Kubernetes
package import Rules
internal import Reporting
package import SecretIO
internal import Text

/// Checks the SealedSecrets of files.
package struct Verification {
  private let key: SealingKey?
  private let keys: PrivateKeys?
  /// The controller that would make the Secrets.
  private let version: ControllerVersion

  /// - Parameter key: the key that every item should be sealed for; nil if there is none.
  /// - Parameter keys: open every item; nil to open none.
  /// - Parameter version: the version of the controller that would make the Secrets.
  package init(
    key: SealingKey? = nil, keys: PrivateKeys? = nil,
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
    VerifyOperation(
      key: key, keys: keys?.keys ?? [], threads: Surroundings.processors, version: version)
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
