/// The newest time in what was read: a look that claims to be older was taken by a slow clock.

internal import Kubernetes
internal import YAML

struct NewestTime {
  private(set) var time: Timestamp
  private(set) var place: String

  /// The fields that say when something has happened; others, of a deletion for instance, are to come.
  private static let fields: Set<String> = [
    "creationTimestamp", "time", "startedAt", "finishedAt", "startTime", "completionTime",
    "lastUpdateTime", "lastTransitionTime", "lastScheduleTime", "lastSuccessfulTime",
  ]

  /// Nil where nothing has a time.
  init?(of reading: ClusterReading) {
    var newest: (time: Timestamp, place: String)?
    func visit(_ node: Node, _ place: @autoclosure () -> String) {
      for entry in node.entries ?? [] {
        let key = entry.key.scalar ?? ""
        // What somebody wants, and not what was.
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

  /// Why a look of this moment is refused; nil where its time may be right.
  func fault(_ now: Timestamp) -> String? {
    now < time
      ? "the clock here says \(now), and \(place) is \(time): one of the two clocks is wrong, and this look is not remembered"
      : nil
  }
}
