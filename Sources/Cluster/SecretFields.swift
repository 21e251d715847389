/// Who wrote the values of a Secret, and when.
///
/// The API server records it in `metadata.managedFields` (Kubernetes, "Server-Side Apply", field
/// management). Times are whole seconds. A write changes its manager's time only if it takes over a
/// field or changes a value; a removed field leaves no trace except that no manager has it any
/// more.

internal import Kubernetes
internal import YAML

struct SecretFields {
  private struct Entry {
    let manager: String
    let time: Timestamp?
    /// The keys whose values it has; nil if it has the values as a whole.
    let keys: Set<String>?
    /// Whether it has any values.
    let hasValues: Bool
  }

  /// What of the Secret is the controller's.
  enum Claim {
    case whole
    /// Only the keys of the SealedSecret: others may have their own keys in it.
    case keys
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

  /// When the controller last wrote it; nil if the server does not say.
  var ownTime: Timestamp? {
    entries.filter { $0.manager == controller }.compactMap(\.time).max()
  }

  /// Who else has written values since the controller did; nil if nobody has.
  ///
  /// An older entry does not count: after an adoption, values may still belong to whoever wrote
  /// them first.
  ///
  /// - Parameter keys: the keys of the SealedSecret.
  /// - Parameter made: when the controller made it, as the controller says.
  func editor(of keys: Set<String>, claim: Claim, made: Timestamp?) -> String? {
    entries.first { entry in
      guard entry.manager != controller, entry.hasValues else { return false }
      if claim == .keys, let written = entry.keys, written.isDisjoint(with: keys) { return false }
      guard let time = entry.time else { return true }
      if let ownTime { return time >= ownTime }
      // One clock is the server's, the other the controller's.
      return made.map { time.seconds > $0.seconds + 2 } ?? true
    }?.manager
  }

  /// A key that is no longer in the Secret; nil if none is missing, or the server does not say.
  func missing(of keys: Set<String>) -> String? {
    let writers = entries.filter(\.hasValues)
    guard !entries.isEmpty, !writers.contains(where: { $0.keys == nil }) else { return nil }
    let present = writers.reduce(into: Set<String>()) { $0.formUnion($1.keys ?? []) }
    return keys.subtracting(present).min()
  }
}
