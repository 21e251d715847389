/// Updates lock files when ciphertexts are sealed again.

internal import Cryptography
package import Kubernetes
package import Manifests
internal import Text
package import Files
package import YAML

package struct LockEdits {
  private struct Entry {
    let bytes: [UInt8]
    let lock: LockFile
    var editor: YAMLEditor
    /// The index of each item in the file.
    let places: [LockFile.ItemID: Int]
    var changes: [TreeChange] = []
  }

  /// Returns the bytes of a file by its path; nil if there is none.
  private let read: (String) throws -> [UInt8]?
  private let fingerprint: String
  private var entries: [Name: Entry?] = [:]

  /// Returns the path of the lock file of a sealed file.
  private let lockPath: (String) -> String

  /// - Parameter lockPath: returns the lock file of a sealed file; `LockPlace` has the rule.
  /// - Parameter read: returns the bytes of a file; nil if there is none.
  package init(
    _ fingerprint: String, lockPath: @escaping (String) -> String,
    read: @escaping (String) throws -> [UInt8]?
  ) {
    self.read = read
    self.lockPath = lockPath
    self.fingerprint = fingerprint
  }

  /// The lock file of a sealed file.
  func path(of file: String) -> String { lockPath(file) }

  /// Whether the lock file records that this ciphertext was sealed for the certificate.
  package mutating func isCurrent(
    _ item: (key: String, base64: String, location: Location), of document: SealedSecretDocument,
    path: String
  ) throws -> Bool {
    let id = LockFile.ItemID(
      namespace: document.namespace, secret: document.sealedName, key: item.key)
    guard let known = try entry(of: path)?.lock.items[id] else { return false }
    return known.certificate == fingerprint && known.scope == document.scope
      && SealedValue(base64: item.base64)?.digest { Digest.sha256($0) } == known.ciphertext
  }

  /// Whether the lock file has an entry for an item.
  package mutating func has(
    _ key: String, of document: SealedSecretDocument, path: String
  ) throws -> Bool {
    let id = LockFile.ItemID(namespace: document.namespace, secret: document.sealedName, key: key)
    return try entry(of: path)?.places[id] != nil
  }

  /// Whether an item has the ciphertext that the lock file records.
  mutating func isAsRecorded(
    _ key: String, of document: SealedSecretDocument, path: String
  ) throws -> Bool {
    let id = LockFile.ItemID(namespace: document.namespace, secret: document.sealedName, key: key)
    guard let known = try entry(of: path)?.lock.items[id] else { return false }
    return document.value(key)?.digest { Digest.sha256($0) } == known.ciphertext
  }

  /// Records the new ciphertext of an item, if the lock file has an entry for it.
  package mutating func renew(
    _ key: String, of document: SealedSecretDocument, path: String, _ value: SealedValue,
    moving move: Move = .none
  ) throws {
    let id = LockFile.ItemID(namespace: document.namespace, secret: document.sealedName, key: key)
    guard let index = try entry(of: path)?.places[id] else { return }
    record(
      ["items", .index(index)], path: path,
      ("ciphertext", value.digest { Digest.sha256($0) }), move)
  }

  /// The waiting private keys for an item of a document, each with its index in the lock file.
  ///
  /// Keys already sealed for the certificate are left out, unless the Secret moves.
  package mutating func waiting(
    for document: SealedSecretDocument, path: String, moving move: Move = .none
  ) throws -> [(index: Int, key: LockFile.Waiting)] {
    guard let lock = try entry(of: path)?.lock else { return [] }
    return lock.waiting.enumerated().filter { _, waiting in
      waiting.id.secret === document.sealedName && waiting.id.namespace == document.namespace
        && (!move.isNone || waiting.certificate != fingerprint)
    }.map { (index: $0.offset, key: $0.element) }
  }

  /// Records the new ciphertext of a waiting key.
  mutating func renewWaiting(
    _ index: Int, path: String, _ value: SealedValue, moving move: Move = .none
  ) throws {
    guard try entry(of: path) != nil else { return }
    record(["waiting", .index(index)], path: path, ("sealed", value.base64), move)
  }

  /// Changes an entry of a lock file that was read: the ciphertext, its certificate, and its place
  /// if it moves.
  private mutating func record(
    _ entry: [PathStep], path: String, _ value: (field: String, text: String), _ move: Move
  ) {
    let fields = [
      ("certificate", fingerprint), (value.field, value.text), ("namespace", move.namespace),
      ("secret", move.name),
    ]
    entries[Name(lockPath(path))]??.changes += fields.compactMap { field, text in
      text.map { .set(entry + [.key(field)], .string($0)) }
    }
  }

  /// The lock files that change.
  package func changes() throws -> [FileChange] {
    try entries.sorted { $0.key.text < $1.key.text }.compactMap { path, entry in
      guard var entry, !entry.changes.isEmpty else { return nil }
      do throws(EditRefusal) {
        try entry.editor.apply(entry.changes)
      } catch {
        throw OperationFault(error, file: path.text)
      }
      return FileChange(path: path.text, old: entry.bytes, new: entry.editor.bytes)
    }
  }

  private mutating func entry(of path: String) throws -> Entry? {
    let lockPath = lockPath(path)
    if let known = entries[Name(lockPath)] { return known }
    guard let bytes = try read(lockPath) else {
      entries[Name(lockPath)] = .some(nil)
      return nil
    }
    do throws(YAMLError) {
      let source = try SourceText(bytes)
      let lock = try LockFile(source)
      // The lock file keeps the order of its items, and refuses duplicates.
      let places = Dictionary(
        uniqueKeysWithValues: lock.order.enumerated().map { ($1, $0) })
      let entry = Entry(
        bytes: bytes, lock: lock, editor: try YAMLEditor(source), places: places)
      entries[Name(lockPath)] = entry
      return entry
    } catch { throw OperationFault(.targetUnreadable, error, file: lockPath) }
  }
}
