/// `verify`: checks the files that the user named, on all cores.

package import Kubernetes
internal import Manifests
package import Preflight
internal import Reporting
internal import Sealing
package import SecretIO
internal import Text
internal import YAML

package struct Verification {
  var key: SealingKey?
  var keys: PrivateKeys?
  /// The controller that would make the Secrets.
  var version = ControllerVersion.current

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
    let operation = VerifyOperation(
      key: key, keys: keys?.keys ?? [], threads: Surroundings.processors, version: version)
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
    guard keys != nil else { return verdicts }
    var opening: Progress?
    try operation.open(&verdicts) { done, total in
      opening = opening ?? Progress("opened", of: total)
      opening?.advance(done)
    }
    opening?.end()
    return verdicts
  }
}
