/// Who has written the values of a Secret, and when, as the API server keeps it in
/// `metadata.managedFields` (Kubernetes, "Server-Side Apply", field management).
///
/// Times are whole seconds. A write moves its manager's time only where it takes a field or changes
/// a value; a field that somebody removes leaves no trace but that nobody has it any more.

internal import Kubernetes
internal import YAML

struct SecretFields {
  private struct Entry {
    let manager: String
    let time: Timestamp?
    /// The keys that it has values of; nil where it has them as a whole.
    let keys: Set<String>?
    /// Whether it has values at all.
    let hasValues: Bool
  }

  private let entries: [Entry]
  private let controller: String

  /// - Parameter secret: an object with the Secret's metadata.
  /// - Parameter controller: the name under which the controller writes.
  init(_ secret: Node, controller: String) {
    self.controller = controller
    entries = (secret.at("metadata", "managedFields")?.items ?? []).map { entry in
      let values = ["f:data", "f:stringData"].compactMap { entry.at("fieldsV1")?[$0] }
      let keys = values.flatMap { $0.entries ?? [] }.compactMap { $0.key.scalar }
        .filter { $0.utf8.starts(with: "f:".utf8) }.map { String($0.dropFirst(2)) }
      return Entry(
        manager: entry["manager"]?.scalar ?? "somebody",
        time: entry["time"]?.scalar.flatMap { Timestamp($0) },
        keys: keys.isEmpty ? nil : Set(keys), hasValues: !values.isEmpty)
    }
  }

  /// When the controller wrote it last; nil where the server does not say.
  var ownTime: Timestamp? {
    entries.filter { $0.manager == controller }.compactMap(\.time).max()
  }

  /// Who else has written values since the controller did; nil where nobody has.
  ///
  /// An older entry is none: after an adoption values may still belong to who wrote them first.
  ///
  /// - Parameter keys: those of the SealedSecret.
  /// - Parameter isShared: whether others may have keys of their own in it.
  /// - Parameter made: when the controller had made it by its own word.
  func editor(of keys: Set<String>, isShared: Bool, made: Timestamp?) -> String? {
    entries.first { entry in
      guard entry.manager != controller, entry.hasValues else { return false }
      if isShared, let written = entry.keys, written.isDisjoint(with: keys) { return false }
      guard let time = entry.time else { return true }
      if let ownTime { return time >= ownTime }
      // The two clocks are the server's and the controller's.
      return made.map { time.seconds > $0.seconds + 2 } ?? true
    }?.manager
  }

  /// A key that is not in the Secret any more; nil where all are there, or the server does not say.
  func missing(of keys: Set<String>) -> String? {
    let writers = entries.filter(\.hasValues)
    guard !entries.isEmpty, !writers.contains(where: { $0.keys == nil }) else { return nil }
    let present = writers.reduce(into: Set<String>()) { $0.formUnion($1.keys ?? []) }
    return keys.subtracting(present).min()
  }
}
