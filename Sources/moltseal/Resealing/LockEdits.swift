/// Lock files kept in step with ciphertexts that are made anew.

internal import Manifests
internal import Sealing
internal import Transactions
internal import YAML

struct LockEdits {
  private struct Entry {
    let bytes: [UInt8]
    let lock: LockFile
    var editor: YAMLEditor
    var changes: [TreeChange] = []
  }

  private let place: TargetFiles
  private let fingerprint: String
  private var entries: [String: Entry?] = [:]

  init(_ place: TargetFiles, _ fingerprint: String) {
    self.place = place
    self.fingerprint = fingerprint
  }

  /// Whether the lock file says that this ciphertext was sealed for the certificate.
  mutating func isCurrent(
    _ item: (key: String, base64: String, location: Location), of document: SealedSecretDocument,
    path: String
  ) throws -> Bool {
    let id = LockFile.ItemID(
      namespace: document.namespace, secret: document.name, key: item.key)
    guard let known = try entry(beside: path)?.lock.items[id] else { return false }
    return known.certificate == fingerprint && known.scope == document.scope
      && SealedValue(base64: item.base64)?.digest == known.ciphertext
  }

  /// Records the new ciphertext of an item that the lock file has.
  mutating func renew(
    _ key: String, of document: SealedSecretDocument, path: String, _ value: SealedValue,
    namespace: String?, name: String?
  ) throws {
    guard var entry = try entry(beside: path) else { return }
    let index = entry.editor.root()?["items"]?.items?.firstIndex { node in
      node["secret"]?.scalar == document.name && node["namespace"]?.scalar == document.namespace
        && node["key"]?.scalar == key
    }
    guard let index else { return }
    let item: [PathStep] = ["items", .index(index)]
    entry.changes += [
      .set(item + ["certificate"], .string(fingerprint)),
      .set(item + ["ciphertext"], .string(value.digest)),
    ]
    if let namespace { entry.changes.append(.set(item + ["namespace"], .string(namespace))) }
    if let name { entry.changes.append(.set(item + ["secret"], .string(name))) }
    entries[lockPath(beside: path)] = entry
  }

  /// The lock files that change.
  func changes() throws -> [FileChange] {
    try entries.sorted { $0.key < $1.key }.compactMap { path, entry in
      guard var entry, !entry.changes.isEmpty else { return nil }
      do throws(EditRefusal) {
        try entry.editor.apply(entry.changes)
      } catch {
        throw CommandError(error, file: path, by: "take the file as moltseal wrote it")
      }
      return FileChange(path: path, old: entry.bytes, new: entry.editor.bytes)
    }
  }

  private mutating func entry(beside path: String) throws -> Entry? {
    let lockPath = lockPath(beside: path)
    if let known = entries[lockPath] { return known }
    guard let bytes = try place.readIfPresent(lockPath) else {
      entries[lockPath] = .some(nil)
      return nil
    }
    do throws(YAMLError) {
      let source = try SourceText(bytes)
      let entry = Entry(
        bytes: bytes, lock: try LockFile(source), editor: try YAMLEditor(source))
      entries[lockPath] = entry
      return entry
    } catch { throw CommandError(error, file: lockPath) }
  }

  private func lockPath(beside path: String) -> String {
    path.lastIndex(of: "/").map { path[..<$0] + "/moltseal.lock" } ?? "moltseal.lock"
  }
}
