/// `reseal`: turns old ciphertexts into new ones; the plaintexts exist only in locked memory.

package import Cryptography
internal import Text
internal import Kubernetes
internal import Manifests
internal import Sealing
package import Transactions
internal import Unsealing
internal import YAML

/// A file to reseal.
package struct ResealFile: Sendable {
  /// The path beneath the folder in which the changes are made.
  package let path: String
  /// The name that the caller uses.
  package let name: String
  package let bytes: [UInt8]
  /// Whether the user named the file itself, not a folder above it.
  package let isNamed: Bool

  package init(path: String, name: String, bytes: [UInt8], isNamed: Bool) {
    self.path = path
    self.name = name
    self.bytes = bytes
    self.isNamed = isNamed
  }
}

package struct ResealOperation {
  package let key: RSAPublicKey
  package let keys: [RSAPrivateKey]
  /// The namespace and the name to move to.
  package let namespace: String?
  package let name: String?
  package let threads: Int

  package init(
    for key: RSAPublicKey, keys: [RSAPrivateKey], namespace: String? = nil, name: String? = nil,
    threads: Int
  ) {
    self.key = key
    self.keys = keys
    self.namespace = namespace
    self.name = name
    self.threads = threads
  }

  package struct Outcome: Sendable {
    package var changes = ChangeSet()
    package var items = 0
    package var files = 0
    /// Items that are already sealed for that key, according to the lock file or the key itself.
    package var untouched = 0
    /// Why items could not be opened, if the run continues.
    package var leftOut: [OperationFault] = []
  }

  /// The result for an item: its value and the fingerprint of the key that opened it.
  private enum Opened {
    case value(SecretBytes, String)
    case leftOut(OperationFault)
  }

  /// A file, and the document and item of each ciphertext that is renewed.
  private struct Work {
    let path: String
    let name: String
    var manifest: SealedSecretFile
    var items: [(document: SealedSecretDocument, item: Int)] = []
  }

  /// Opens and seals every item, or none.
  ///
  /// - Parameter keepsGoing: whether an item that no key opens is left unchanged and reported.
  /// - Parameter lockPath: returns the path of the lock file of a sealed file.
  /// - Parameter lock: returns the bytes of a lock file by its path; nil if there is none.
  /// - Parameter suppliedNamespace: the namespace in which a file's objects without one are built.
  /// - Parameter progress: receives the size of each opened batch and the number of all items.
  /// - Throws: `OperationFault`, `OperationFaults`, what `lock` throws, or OpenSSL's.
  package func reseal(
    _ files: [ResealFile], keepsGoing: Bool = false, lockPath: @escaping (String) -> String,
    lock: @escaping (String) throws -> [UInt8]?,
    suppliedNamespace: (String) -> String? = { _ in nil },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Outcome {
    var outcome = Outcome()
    var locks = LockEdits(key.fingerprint, lockPath: lockPath, read: lock)
    var works: [Work] = []
    for file in files {
      guard var work = try read(file, suppliedNamespace) else { continue }
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
      throw OperationFault(.noSealedSecret, "there is no SealedSecret here")
    }
    try checkMove(works)
    let isMoved = namespace != nil || name != nil
    var opened = try open(works, keepsGoing: keepsGoing, progress)[...]
    var values: [(document: SealedSecretDocument, value: SecretBytes)] = []
    for index in works.indices {
      let path = works[index].path
      var items = works[index].items[...]
      works[index].items = []
      while let (document, item) = items.popFirst(), let next = opened.popFirst() {
        switch next {
        case .leftOut(let fault): outcome.leftOut.append(fault)
        case .value(let value, let key):
          // If no lock file has the item, the key that opened it decides.
          let isDone =
            try !isMoved && key == self.key.fingerprint
            && !locks.has(document.items[item].key, of: document, path: path)
          if isDone {
            outcome.untouched += 1
          } else {
            works[index].items.append((document, item))
            values.append((document, value))
          }
        }
      }
    }
    var sealed = try seal(values)[...]
    values = []
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
    try resealWaiting(works, &locks, &outcome, keepsGoing: keepsGoing)
    for change in try locks.changes() { outcome.changes.add(change) }
    return outcome
  }

  /// Seals the waiting private keys, which are in lock files and in no SealedSecret.
  private func resealWaiting(
    _ works: [Work], _ locks: inout LockEdits, _ outcome: inout Outcome, keepsGoing: Bool
  ) throws {
    let isMoved = namespace != nil || name != nil
    for work in works {
      for document in work.manifest.documents {
        for (index, waiting) in try locks.waiting(
          for: document, path: work.path, isMoved: isMoved)
        {
          func label(_ namespace: String?, _ name: String?) -> [UInt8] {
            waiting.scope.label(
              of: NamespacedName(namespace ?? document.namespace, name ?? document.sealedName))
          }
          let job = UnsealJob(base64: waiting.sealed.base64, label: label(nil, nil))
          switch try unseal([job], keys: keys, threads: 1)[0] {
          case .success(let (value, _)):
            let sealed = try Sealing.seal(
              [SealingJob(label: label(namespace, name), value: value)], for: key, threads: 1)
            try locks.renewWaiting(
              index, path: work.path, sealed[0], namespace: namespace, name: name)
            outcome.items += 1
          case .failure(let failure):
            let fault = OperationFault(
              failure,
              of: (waiting.id.key, waiting.sealed.base64, Location(line: 1, column: 1)),
              in: document, file: locks.path(of: work.path))
            guard keepsGoing else { throw OperationFaults(faults: [fault]) }
            outcome.leftOut.append(fault)
          }
        }
      }
    }
  }

  private func read(
    _ file: ResealFile, _ suppliedNamespace: (String) -> String?
  ) throws(OperationFault) -> Work? {
    guard file.isNamed || file.bytes.contains(text: "SealedSecret") else { return nil }
    do throws(YAMLError) {
      let source = try SourceText(file.bytes)
      var manifest = try SealedSecretFile(source, otherKinds: .skipped)
      // A folder also contains other manifests, which may mention a SealedSecret.
      if !file.isNamed, manifest.documents.isEmpty { return nil }
      if manifest.documents.contains(where: \.lacksNamespace),
        let namespace = suppliedNamespace(file.name)
      {
        manifest.place(in: namespace)
      }
      return Work(path: file.path, name: file.name, manifest: manifest)
    } catch {
      // A folder may contain charts, whose templates only Helm reads.
      if !file.isNamed, TemplateText.reason(file.bytes) != nil { return nil }
      throw OperationFault(.targetUnreadable, error, file: file.name)
    }
  }

  private func checkMove(_ works: [Work]) throws(OperationFault) {
    guard namespace != nil || name != nil else { return }
    let count = works.reduce(0) { $0 + $1.manifest.documents.count }
    guard count == 1 else {
      throw OperationFault(
        .cannotMove, "only one SealedSecret can be moved or renamed; there are \(count)")
    }
  }

  private func open(
    _ works: [Work], keepsGoing: Bool, _ progress: (Int, Int) -> Void
  ) throws -> [Opened] {
    let entries = works.flatMap { work in work.items.map { (work.name, $0.document, $0.item) } }
    var opened: [Opened] = []
    for batch in entries.batches(of: 512) {
      let results = try unseal(
        batch.map { _, document, index in
          UnsealJob(base64: document.items[index].base64, label: document.label)
        }, keys: keys, threads: threads)
      for ((file, document, index), result) in zip(batch, results) {
        switch result {
        case .success(let (value, key)): opened.append(.value(value, keys[key].fingerprint))
        case .failure(let failure):
          opened.append(
            .leftOut(OperationFault(failure, of: document.items[index], in: document, file: file)))
        }
      }
      progress(batch.count, entries.count)
    }
    let faults = opened.compactMap { if case .leftOut(let fault) = $0 { fault } else { nil } }
    guard faults.isEmpty || keepsGoing else { throw OperationFaults(faults: faults) }
    return opened
  }

  private func seal(
    _ values: [(document: SealedSecretDocument, value: SecretBytes)]
  ) throws -> [SealedValue] {
    try Sealing.seal(
      values.map { document, value in
        SealingJob(
          label: document.scope.label(
            of: NamespacedName(namespace ?? document.namespace, name ?? document.sealedName)),
          value: value)
      }, for: key, threads: threads)
  }

  private func edit(_ work: inout Work, _ values: [SealedValue]) throws(OperationFault) {
    let items = Dictionary(grouping: zip(work.items, values), by: \.0.document.index)
    do throws(EditRefusal) {
      var changes: [DocumentChanges] = []
      for document in work.manifest.documents {
        let values = (items[document.index] ?? []).map { (document.items[$0.0.item].key, $0.1) }
        changes.append(work.manifest.changes(merging: values, into: document))
        changes.append(
          work.manifest.changes(moving: document, namespace: namespace, name: name))
      }
      try work.manifest.apply(changes.filter { !$0.changes.isEmpty })
    } catch {
      throw OperationFault(error, file: work.name)
    }
  }
}
