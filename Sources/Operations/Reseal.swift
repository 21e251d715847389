/// `reseal`: turns old ciphertexts into new ones; the plaintexts exist only in locked memory.

package import Cryptography
internal import Text
internal import Kubernetes
internal import Manifests
internal import Sealing
package import Files
internal import Unsealing
internal import YAML

/// How a command came to read a file.
package enum FileOrigin: Sendable {
  /// The user named the file itself.
  case named
  /// The user named a folder above it, which may contain anything.
  case found
}

/// A file to reseal.
package struct ResealFile: Sendable {
  /// The path beneath the folder in which the changes are made.
  package let path: String
  /// The name that the caller uses.
  let name: String
  let bytes: [UInt8]
  let origin: FileOrigin

  package init(path: String, name: String, bytes: [UInt8], origin: FileOrigin) {
    self.path = path
    self.name = name
    self.bytes = bytes
    self.origin = origin
  }
}

package struct ResealOperation {
  let key: RSAPublicKey
  let keys: [RSAPrivateKey]
  let move: Move
  /// What becomes of items that no key opens.
  let unopened: Unopened
  let threads: Int

  package init(
    for key: RSAPublicKey, keys: [RSAPrivateKey], moving move: Move = .none,
    unopened: Unopened = .refused, threads: Int
  ) {
    self.key = key
    self.keys = keys
    self.move = move
    self.unopened = unopened
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
  /// - Parameter lockPath: returns the path of the lock file of a sealed file.
  /// - Parameter lock: returns the bytes of a lock file by its path; nil if there is none.
  /// - Parameter suppliedNamespace: the namespace in which a file's objects without one are built.
  /// - Parameter progress: receives the size of each opened batch and the number of all items.
  /// - Throws: `OperationFault`, `OperationFaults`, what `lock` throws, or OpenSSL's.
  package func reseal(
    _ files: [ResealFile], lockPath: @escaping (String) -> String,
    lock: @escaping (String) throws -> [UInt8]?,
    suppliedNamespace: (String) -> String? = { _ in nil },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Outcome {
    var outcome = Outcome()
    var locks = LockEdits(key.fingerprint, lockPath: lockPath, read: lock)
    var works: [Work] = []
    for file in files {
      guard var work = try read(file, suppliedNamespace) else { continue }
      try choose(&work, &locks, &outcome)
      works.append(work)
    }
    guard !works.isEmpty else {
      throw OperationFault(.noSealedSecret, "there is no SealedSecret here")
    }
    try checkMove(works)
    let sealed = try sealAgain(try open(works, progress), in: &works, &locks, &outcome)
    try rewrite(works, sealed, &locks, &outcome)
    try resealWaiting(works, &locks, &outcome)
    for change in try locks.changes() { outcome.changes.add(change) }
    return outcome
  }

  /// Chooses the items of a file that the lock file does not record as sealed for the key.
  private func choose(
    _ work: inout Work, _ locks: inout LockEdits, _ outcome: inout Outcome
  ) throws {
    for document in work.manifest.documents {
      for index in document.items.indices {
        if move.isNone,
          try locks.isCurrent(document.items[index], of: document, path: work.path)
        {
          outcome.untouched += 1
        } else {
          work.items.append((document, index))
        }
      }
    }
  }

  /// Seals what was opened, and keeps only those items in `works`.
  ///
  /// - Parameter opened: the result for each item, in the order of the works.
  private func sealAgain(
    _ opened: [Opened], in works: inout [Work], _ locks: inout LockEdits,
    _ outcome: inout Outcome
  ) throws -> [SealedValue] {
    var opened = opened[...]
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
            try move.isNone && key == self.key.fingerprint
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
    return try seal(values)
  }

  /// Writes the new ciphertexts into the files and the lock files.
  private func rewrite(
    _ works: [Work], _ sealed: [SealedValue], _ locks: inout LockEdits,
    _ outcome: inout Outcome
  ) throws {
    var sealed = sealed[...]
    for var work in works {
      let values = Array(sealed.prefix(work.items.count))
      sealed = sealed.dropFirst(work.items.count)
      try edit(&work, values)
      for ((document, index), value) in zip(work.items, values) {
        try locks.renew(
          document.items[index].key, of: document, path: work.path, value, moving: move)
      }
      let change = FileChange(
        path: work.path, old: work.manifest.originalBytes, new: work.manifest.bytes)
      if change.old != change.new { outcome.files += 1 }
      outcome.changes.add(change)
      outcome.items += work.items.count
    }
  }

  /// Seals the waiting private keys, which are in lock files and in no SealedSecret.
  private func resealWaiting(
    _ works: [Work], _ locks: inout LockEdits, _ outcome: inout Outcome
  ) throws {
    for work in works {
      for document in work.manifest.documents {
        for (index, waiting) in try locks.waiting(
          for: document, path: work.path, moving: move)
        {
          let job = UnsealJob(
            base64: waiting.sealed.base64, label: waiting.scope.label(of: document.sealedFor))
          let label = waiting.scope.label(of: move.target(of: document.sealedFor))
          switch try unseal([job], keys: keys, threads: 1)[0] {
          case .success(let (value, _)):
            let sealed = try Sealing.seal(
              [SealingJob(label: label, value: value)], for: key, threads: 1)
            try locks.renewWaiting(index, path: work.path, sealed[0], moving: move)
            outcome.items += 1
          case .failure(let failure):
            let fault = OperationFault(
              failure,
              of: (waiting.id.key, waiting.sealed.base64, Location(line: 1, column: 1)),
              in: document, file: locks.path(of: work.path))
            guard unopened == .leftOut else { throw OperationFaults(faults: [fault]) }
            outcome.leftOut.append(fault)
          }
        }
      }
    }
  }

  private func read(
    _ file: ResealFile, _ suppliedNamespace: (String) -> String?
  ) throws(OperationFault) -> Work? {
    guard file.origin == .named || file.bytes.contains(text: "SealedSecret") else { return nil }
    do throws(YAMLError) {
      let source = try SourceText(file.bytes)
      var manifest = try SealedSecretFile(source, otherKinds: .skipped)
      // A folder also contains other manifests, which may mention a SealedSecret.
      if file.origin == .found, manifest.documents.isEmpty { return nil }
      if manifest.documents.contains(where: \.lacksNamespace),
        let namespace = suppliedNamespace(file.name)
      {
        manifest.place(in: namespace)
      }
      return Work(path: file.path, name: file.name, manifest: manifest)
    } catch {
      // A folder may contain charts, whose templates only Helm reads.
      if file.origin == .found, TemplateText.reason(file.bytes) != nil { return nil }
      throw OperationFault(.targetUnreadable, error, file: file.name)
    }
  }

  private func checkMove(_ works: [Work]) throws(OperationFault) {
    guard !move.isNone else { return }
    let count = works.reduce(0) { $0 + $1.manifest.documents.count }
    guard count == 1 else {
      throw OperationFault(
        .cannotMove, "only one SealedSecret can be moved or renamed; there are \(count)")
    }
  }

  private func open(_ works: [Work], _ progress: (Int, Int) -> Void) throws -> [Opened] {
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
    guard faults.isEmpty || unopened == .leftOut else { throw OperationFaults(faults: faults) }
    return opened
  }

  private func seal(
    _ values: [(document: SealedSecretDocument, value: SecretBytes)]
  ) throws -> [SealedValue] {
    try Sealing.seal(
      values.map { document, value in
        SealingJob(
          label: document.scope.label(of: move.target(of: document.sealedFor)),
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
          work.manifest.changes(moving: document, namespace: move.namespace, name: move.name))
      }
      try work.manifest.apply(changes.filter { !$0.changes.isEmpty })
    } catch {
      throw OperationFault(error, file: work.name)
    }
  }
}
