/// From the objects of a cluster to evidence: for each credential, how far its last step is.

package import Kubernetes
internal import Manifests
package import Planning
internal import Text
internal import Workspace
internal import YAML

package struct Observation: Sendable {
  private let state: EnvironmentState
  /// What was read, by namespace.
  private let namespaces: [String: NamespaceObjects]
  /// The workloads that the repository builds, by the Secret that they use.
  private let consumers: [String: [(kind: String, name: String)]]
  /// Whether the last step of everything is on the base branch.
  private let merged: Answer
  private let now: Timestamp
  private let sha256: SHA256

  package init(
    state: EnvironmentState, namespaces: [String: NamespaceObjects],
    consumers: [String: [(kind: String, name: String)]], merged: Answer, now: Timestamp,
    sha256: @escaping SHA256
  ) {
    self.state = state
    self.namespaces = namespaces
    self.consumers = consumers
    self.merged = merged
    self.now = now
    self.sha256 = sha256
  }

  package var evidence: Evidence {
    var credentials: [String: CredentialEvidence] = [:]
    let ciphertexts = state.lock?.ciphertextsByCredential ?? [:]
    for group in state.workspace.groups {
      guard let entry = state.lock?.credentials[group.name] else { continue }
      credentials[group.name] = evidence(of: group, entry, ciphertexts[group.name] ?? [:])
    }
    return Evidence(environment: state.environment.name, time: now, credentials: credentials)
  }

  private func evidence(
    of group: Credential, _ entry: LockFile.Credential, _ ciphertexts: [String: String]
  ) -> CredentialEvidence {
    let secrets = secrets(of: group)
    let judgements = secrets.map { judgement(of: $0.secret, $0.namespace, group) }
    var answers: [Fact: Answer] = [.merged: merged]
    answers[.synced] = all(judgements.map(\.synced), else: "no Secret holds it")
    answers[.unsealed] = all(judgements.map(\.unsealed), else: "no Secret holds it")
    var ended: Timestamp?
    var published: Timestamp?
    if state.isPublished(group.name) {
      (answers[.published], published) = publication(of: group)
    }
    if group.roles.isEmpty {
      answers[.rolled] = all(
        zip(secrets, judgements).map { rolled($0.secret, $0.namespace, $1) },
        else: "no Secret holds it")
      if hasPrevious(group) {
        let ends = zip(secrets, judgements).map { place, judgement in
          pods(place.namespace).othersEnded(place.secret.builtName, made: judgement.unsealTime)
        }
        ended =
          answers[.rolled]?.isYes == true && !ends.contains(nil)
          ? ends.compactMap { $0 }.max() : nil
        answers[.expired] = expired(group, ended, rolled: answers[.rolled])
      }
    } else {
      addRoles(
        of: group, entry, zip(secrets, judgements).map { ($0.secret, $0.namespace, $1) }, &answers)
    }
    return CredentialEvidence(
      generation: entry.generation, step: entry.step,
      ciphertexts: ciphertexts, answers: answers,
      signersEnded: ended, publishedAt: published)
  }

  // MARK: Public keys

  /// Whether the live ConfigMaps have the public keys, and since when.
  private func publication(of group: Credential) -> (Answer, Timestamp?) {
    var since: Timestamp?
    for file in state.configMaps {
      let documents =
        file.bytes.flatMap { try? SourceText($0) }.flatMap { try? parseYAML($0) } ?? []
      for (index, configMap) in file.template.configMaps.enumerated()
      where configMap.items.contains(where: {
        $0.expression.mentioned.contains { $0 === group.name }
      }) {
        let objects = objects(configMap.namespace ?? "")
        let place = "ConfigMap/\(configMap.name)"
        guard case .objects = objects.listing(.configMap) else {
          return (objects.unread(.configMap), nil)
        }
        guard let live = objects.object(.configMap, configMap.name) else {
          return (.no("\(place) is not there"), nil)
        }
        let wanted = index < documents.count ? documents[index].root?["data"] : nil
        for item in configMap.items {
          guard let text = wanted?[item.key]?.scalar, live.at("data", item.key)?.scalar === text
          else { return (.no("\(place) data.\(item.key) is another one than in its file"), nil) }
        }
        let times = (live.at("metadata", "managedFields")?.items ?? []).filter {
          $0.at("fieldsV1", "f:data") != nil
        }.compactMap { $0["time"]?.scalar.flatMap { Timestamp($0) } }
        guard let time = times.max() else {
          return (.unknown("\(place) does not say since when it has its data"), nil)
        }
        since = max(since ?? time, time)
      }
    }
    guard let since else { return (.unknown("no ConfigMap publishes it"), nil) }
    guard let wait = group.publicationTime else {
      return (.unknown("moltseal.yml says no cacheTime of '\(group.name)'"), since)
    }
    return (.publication(since: since, wait: wait, now: now), since)
  }

  // MARK: Pairs

  private func addRoles(
    of group: Credential, _ entry: LockFile.Credential,
    _ secrets: [(TemplateSecret, String, SecretJudgement)], _ answers: inout [Fact: Answer]
  ) {
    let active = secrets.filter { $0.0.role?.suffix === entry.role ?? "" }
    let idle = secrets.filter { $0.0.role?.suffix !== entry.role ?? "" }
    answers[.rolled] = all(
      active.map { secret, namespace, judgement in rolled(secret, namespace, judgement) },
      else: "no Secret holds the role in use")
    // Where the consumers have not come to the role in use, or are not there at all, nothing that is
    // not seen says that they have left the other one.
    if let rolled = answers[.rolled], !rolled.isYes {
      answers[.released] = Answer(rolled.kind, rolled.reason)
    } else {
      answers[.released] = all(
        idle.map { secret, namespace, _ in pods(namespace).released(secret.builtName) },
        else: "no Secret holds the other role")
    }
    // A copy in a namespace without a database of its own has to be there, and no more.
    let altered = idle.map { secret, namespace, judgement in
      RoleJudgement(objects: objects(namespace), now: now).altered(
        login: secret.role?.login ?? "", secret: secret.builtName, unsealed: judgement.unsealed)
    }
    answers[.altered] =
      altered.contains { $0 != nil }
      ? all(
        zip(idle, altered).map { idle, answer in answer ?? idle.2.unsealed },
        else: "no Secret holds the other role")
      : .unknown("no Cluster of CloudNativePG manages the other role here")
  }

  // MARK: Secrets

  private func secrets(of group: Credential) -> [(secret: TemplateSecret, namespace: String)] {
    state.files.flatMap(\.template.secrets).filter { secret in
      secret.pair === group.name
        || secret.items.contains { item in
          item.expression.previousOf === group.name
            || item.expression.credentials.contains { Credential.group(of: $0) === group.name }
        }
    }.map { ($0, $0.namespace ?? "") }
  }

  private func judgement(
    of secret: TemplateSecret, _ namespace: String, _ group: Credential
  ) -> SecretJudgement {
    var digests: [String: String?] = [:]
    for item in secret.items
    where item.expression.previousOf === group.name
      || item.expression.credentials.contains(where: { Credential.group(of: $0) === group.name })
    {
      let id = LockFile.ItemID(
        namespace: secret.namespace, secret: secret.builtName,
        key: item.key)
      digests[item.key] = .some(state.lock?.items[id]?.ciphertext)
    }
    let document = state.files.lazy.compactMap {
      $0.document(name: secret.name, namespace: secret.namespace)
    }.first
    return SecretJudgement(
      name: secret.builtName, rotation: document?.rotation, digests: digests,
      objects: objects(namespace), sha256: sha256)
  }

  private func rolled(
    _ secret: TemplateSecret, _ namespace: String, _ judgement: SecretJudgement
  ) -> Answer {
    let unsealed = judgement.unsealed
    guard unsealed.isYes else { return unsealed }
    return pods(namespace).rolled(
      secret.builtName, rotation: secret.role == nil ? judgement.rotation : nil,
      made: judgement.unsealTime, expected: consumers["\(namespace)/\(secret.builtName)"] ?? [])
  }

  private func objects(_ namespace: String) -> NamespaceObjects {
    namespaces[namespace]
      ?? NamespaceObjects(listings: [:], secrets: [])
  }

  private func pods(_ namespace: String) -> PodJudgement {
    PodJudgement(objects: objects(namespace), sha256: sha256)
  }

  // MARK: Tokens

  /// Whether a key before today's may still be met.
  private func hasPrevious(_ group: Credential) -> Bool {
    state.isPublished(group.name)
      || state.files.lazy.flatMap(\.template.secrets).flatMap(\.items).contains {
        $0.expression.previousOf === group.name
      }
  }

  private func expired(
    _ group: Credential, _ ended: Timestamp?, rolled: Answer?
  ) -> Answer {
    guard let lifetime = group.tokenLifetime else {
      return .unknown("moltseal.yml says no tokenLifetime of '\(group.name)'")
    }
    guard let ended else {
      guard let rolled, !rolled.isYes else {
        return .unknown("it is not known when the last pod with another key ended")
      }
      return Answer(rolled.kind, "pods may still sign with another key")
    }
    return .expiry(of: ended, lifetime: lifetime, now: now)
  }

  /// Yes where all are, else the first that is not.
  private func all(_ answers: [Answer], else nothing: String) -> Answer {
    answers.first { $0.kind == .no } ?? answers.first { $0.kind == .unknown }
      ?? answers.first ?? .unknown(nothing)
  }
}
