/// Whether every verifier has the public keys of the files, and since when.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Text
internal import Workspace
internal import YAML

struct PublicationJudgement {
  let state: EnvironmentState
  let reading: ClusterReading
  let now: Timestamp

  /// Whether the live ConfigMaps have the public keys, and since when.
  func publication(of group: Credential) -> (Answer, Timestamp?) {
    var since: Timestamp?
    for file in state.configMaps {
      let documents =
        file.bytes.flatMap { try? SourceText($0) }.flatMap { try? parseYAML($0) } ?? []
      for (index, configMap) in file.template.configMaps.enumerated()
      where configMap.items.contains(where: {
        $0.expression.mentioned.contains { $0 === group.name }
      }) {
        let objects = reading.objects(of: configMap.namespace)
        let place = "ConfigMap/\(configMap.name)"
        guard case .objects = objects.listing(.configMap) else {
          return (objects.unread(.configMap), nil)
        }
        guard let live = objects.object(.configMap, configMap.name) else {
          return (.no("\(place) does not exist"), nil)
        }
        let wanted = index < documents.count ? documents[index].root?["data"] : nil
        for item in configMap.items {
          guard let text = wanted?[item.key]?.scalar, live.at("data", item.key)?.scalar === text
          else { return (.no("\(place) data.\(item.key) differs from its file"), nil) }
        }
        let times = (live.at("metadata", "managedFields")?.items ?? []).filter {
          $0.at("fieldsV1", "f:data") != nil
        }.compactMap { $0["time"]?.scalar.flatMap { Timestamp($0) } }
        guard let time = times.max() else {
          return (.unknown("\(place) does not say when it got its data"), nil)
        }
        if let reader = reader(of: configMap.name, since: time, objects) { return (reader, nil) }
        since = max(since ?? time, time)
      }
    }
    guard let since else { return (.unknown("no ConfigMap publishes it"), nil) }
    guard let wait = group.publicationTime else {
      return (.unknown("moltseal.yml sets no cacheTime for '\(group.name)'"), since)
    }
    return (.publication(since: since, wait: wait, now: now), since)
  }

  // MARK: Readers that keep what they have read

  /// A verifier that has an older ConfigMap until it restarts.
  private func reader(
    of configMap: String, since: Timestamp, _ objects: NamespaceObjects
  ) -> Answer? {
    guard let pods = objects.listing(.pod).nodes else { return objects.unread(.pod) }
    for pod in pods where pod.at("status", "phase")?.scalar != "Succeeded" {
      let containers = pod["spec"]?.containersThatKeep(configMap) ?? []
      for status in pod.containerStatuses where containers.contains(status["name"]?.scalar ?? "") {
        guard let text = status.at("state", "running", "startedAt")?.scalar else { continue }
        if let start = Timestamp(text), KubeletCache.hasRead(since, pod, startedAt: start) {
          continue
        }
        return .no(
          "Pod/\(pod.objectName ?? "?") reads ConfigMap/\(configMap) as a variable or by subPath, and keeps the previous one until it restarts"
        )
      }
    }
    return nil
  }
}
