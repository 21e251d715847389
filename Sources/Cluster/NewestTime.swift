/// The newest time in what was read: a look that claims to be older was made with a slow clock.

internal import Kubernetes
internal import YAML

struct NewestTime {
  private(set) var time: Timestamp
  private(set) var place: String

  /// The fields that say when something happened; other times, such as that of a deletion, may be
  /// in the future.
  private static let fields: Set<String> = [
    "creationTimestamp", "time", "startedAt", "finishedAt", "startTime", "completionTime",
    "lastUpdateTime", "lastTransitionTime", "lastScheduleTime", "lastSuccessfulTime",
  ]

  /// Nil if nothing has a time.
  init?(of reading: ClusterReading) {
    var newest: (time: Timestamp, place: String)?
    func visit(_ node: Node, _ place: @autoclosure () -> String) {
      for entry in node.entries ?? [] {
        let key = entry.key.scalar ?? ""
        // Skip what is wanted or managed: it is not what happened.
        if key == "spec" || key == "fieldsV1" { continue }
        if let text = entry.value.scalar {
          guard Self.fields.contains(key), let time = Timestamp(text) else { continue }
          if time > newest?.time ?? Timestamp(seconds: 0) { newest = (time, "\(place()) \(key)") }
        } else {
          visit(entry.value, place())
        }
      }
      for item in node.items ?? [] { visit(item, place()) }
    }
    for (_, objects) in reading.namespaces {
      for node in objects.all {
        visit(node, "\(node["kind"]?.scalar ?? "?")/\(node.objectName ?? "?")")
      }
    }
    guard let newest else { return nil }
    (time, place) = newest
  }

  /// Why a look at this moment is refused; nil if its time may be right.
  func fault(_ now: Timestamp) -> String? {
    now < time
      ? "the local clock says \(now), but \(place) is \(time): one of the two clocks is wrong, so this look is not remembered"
      : nil
  }
}
