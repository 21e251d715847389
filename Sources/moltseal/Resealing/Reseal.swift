/// What a reseal changes, decided before anything is written.

internal import Cryptography
internal import Manifests
internal import Recovery
internal import Sealing
internal import Transactions
internal import YAML

/// Old ciphertexts in, new ones out; the plaintexts live between the two, in locked memory.
struct Reseal {
  let certificate: SealingCertificate
  let keys: PrivateKeys
  /// The namespace and the name to move to.
  let namespace: String?
  let name: String?

  struct Outcome {
    var changes = ChangeSet()
    var items = 0
    var files = 0
    var untouched = 0

    var summary: String {
      "\(items) \(items == 1 ? "item" : "items") in \(files) \(files == 1 ? "file" : "files")"
    }
  }

  /// A file, and the document and item of each ciphertext that is renewed.
  private struct Work {
    let path: String
    let named: String
    var manifest: SealedSecretManifest
    var items: [(document: SealedSecretDocument, item: Int)] = []
  }

  /// Opens and seals every item, or none.
  func run(_ files: [SealedFile], in place: TargetFiles) throws -> Outcome {
    var outcome = Outcome()
    var locks = LockEdits(place, certificate.fingerprint)
    var works: [Work] = []
    for file in files {
      guard var work = try read(file, in: place) else { continue }
      for document in work.manifest.documents {
        for index in document.items.indices {
          let isMoved = namespace != nil || name != nil
          if !isMoved, try locks.isCurrent(document.items[index], of: document, path: work.path) {
            outcome.untouched += 1
          } else {
            work.items.append((document, index))
          }
        }
      }
      works.append(work)
    }
    guard !works.isEmpty else {
      throw CommandError("there is no SealedSecret here", hint: "check the path")
    }
    try checkMove(works)
    var sealed = try seal(try open(works))[...]
    for var work in works {
      let values = Array(sealed.prefix(work.items.count))
      sealed = sealed.dropFirst(work.items.count)
      try edit(&work, values)
      for ((document, index), value) in zip(work.items, values) {
        try locks.renew(
          document.items[index].key, of: document, path: work.path, value, namespace: namespace,
          name: name)
      }
      let change = FileChange(
        path: work.path, old: work.manifest.originalBytes, new: work.manifest.bytes)
      if change.old != change.new { outcome.files += 1 }
      outcome.changes.add(change)
      outcome.items += work.items.count
    }
    for change in try locks.changes() { outcome.changes.add(change) }
    return outcome
  }

  private func read(_ file: SealedFile, in place: TargetFiles) throws -> Work? {
    let path = try place.path(of: file.path)
    let bytes = try place.read(path)
    guard file.isNamed || bytes.contains(text: "SealedSecret") else { return nil }
    do throws(YAMLError) {
      let source = try SourceText(bytes)
      if !file.isNamed {
        // A folder holds other manifests, which name a SealedSecret in passing.
        let roots = try parseYAML(source).compactMap(\.root)
        guard roots.contains(where: { $0["kind"]?.scalar == "SealedSecret" }) else { return nil }
      }
      return Work(
        path: path, named: file.path, manifest: try SealedSecretManifest(source, passesBy: true))
    } catch { throw CommandError(error, file: file.path) }
  }

  private func checkMove(_ works: [Work]) throws {
    guard namespace != nil || name != nil else { return }
    let count = works.reduce(0) { $0 + $1.manifest.documents.count }
    guard count == 1 else {
      throw CommandError(
        "--to-namespace and --to-name move one SealedSecret; there are \(count)",
        hint: "name the file of one, with one document")
    }
  }

  private func open(_ works: [Work]) throws -> [(
    document: SealedSecretDocument, value: SecretBytes
  )] {
    let entries = works.flatMap { work in work.items.map { (work, $0.document, $0.item) } }
    var values: [(document: SealedSecretDocument, value: SecretBytes)] = []
    var faults: [Diagnostic] = []
    var progress = Progress("opened", of: entries.count)
    for batch in entries.batches(of: 512) {
      let results = try unseal(
        batch.map { _, document, index in
          UnsealJob(base64: document.items[index].base64, label: document.label)
        }, keys: keys.keys, threads: Environment.processors)
      for ((work, document, index), result) in zip(batch, results) {
        switch result {
        case .success(let (value, _)): values.append((document, value))
        case .failure(let failure):
          let item = document.items[index]
          let (message, hint) = failure.explanation
          faults.append(
            Diagnostic(
              "'\(item.key)' of '\(document.place)' \(message)", hint: hint, file: work.named,
              location: item.location))
        }
      }
      progress.advance(batch.count)
    }
    progress.end()
    guard faults.isEmpty else { throw CommandError(faults) }
    return values
  }

  private func seal(
    _ values: [(document: SealedSecretDocument, value: SecretBytes)]
  ) throws -> [SealedValue] {
    try Sealing.seal(
      values.map { document, value in
        SealingJob(
          label: document.scope.label(
            namespace: namespace ?? document.namespace ?? "", name: name ?? document.name),
          value: value)
      }, for: certificate.certificate.key, threads: Environment.processors)
  }

  private func edit(_ work: inout Work, _ values: [SealedValue]) throws {
    do throws(EditRefusal) {
      for document in work.manifest.documents {
        let items = zip(work.items, values).filter { $0.0.document.index == document.index }
          .map { (document.items[$0.0.item].key, $0.1) }
        try work.manifest.merge(items, labels: [], annotations: [], into: document)
        try work.manifest.move(document, namespace: namespace, name: name)
      }
    } catch {
      throw CommandError(error, file: work.named, by: "write that part as a block")
    }
  }
}
