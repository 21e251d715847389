/// What the pods of a cluster say about one Secret and about its copies.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Text
internal import Workspace
internal import YAML

/// A Secret with values of a credential, and its state in the cluster.
struct ObservedSecret {
  let secret: TemplateSecret
  let judgement: SecretJudgement

  /// Its name in the cluster.
  var name: String { secret.builtName }
  /// `NAMESPACE/NAME`.
  var path: String { NamespacedName(secret.namespace, name).text }
  /// The rotation that the templates of its pods name; those of a role's Secret name none.
  var podRotation: String? { secret.role == nil ? judgement.rotation : nil }
}

extension Observation {
  func secrets(of group: Credential) -> [ObservedSecret] {
    state.secrets(of: group).map {
      ObservedSecret(secret: $0, judgement: judgement(of: $0, group))
    }
  }

  private func judgement(of secret: TemplateSecret, _ group: Credential) -> SecretJudgement {
    var digests: [String: String?] = [:]
    for item in secret.items
    where item.expression.previousOf === group.name
      || item.expression.credentials.contains(where: { Credential.group(of: $0) === group.name })
    {
      digests[item.key] = .some(lockItem(item, of: secret)?.ciphertext)
    }
    let document = state.files.lazy.compactMap {
      $0.document(of: secret)
    }.first
    return SecretJudgement(
      name: secret.builtName, rotation: document?.rotation, digests: digests,
      objects: reading.objects(of: secret.namespace), sha256: sha256)
  }

  private func lockItem(_ item: TemplateItem, of secret: TemplateSecret) -> LockFile.Item? {
    state.lock?.items[
      LockFile.ItemID(namespace: secret.namespace, secret: secret.builtName, key: item.key)]
  }

  // MARK: Answers

  /// Whether every pod has the Secret, and a copy of it where there are copies.
  func rolled(_ secret: ObservedSecret) -> Answer {
    let own = held(secret.judgement) { made in
      pods(of: secret).rolled(
        secret.name, rotation: secret.podRotation, made: made,
        expected: consumers.workloads[secret.path] ?? [])
    }
    return withCopies(of: secret, own) { pods, made in
      pods.rolled(secret.name, rotation: nil, made: made, expected: [])
    }
  }

  /// Whether no running container may have an older Secret than the live one.
  func leavesNoOlder(_ secret: ObservedSecret) -> Answer {
    let own = held(secret.judgement) { made in
      pods(of: secret).leavesNoOlder(
        secret.name, rotation: secret.judgement.rotation, made: made)
    }
    return withCopies(of: secret, own) { pods, made in
      pods.leavesNoOlder(secret.name, rotation: nil, made: made)
    }
  }

  /// Whether nothing names a Secret that should have no users, in its namespace or in those of its
  /// copies.
  func released(_ secret: ObservedSecret) -> Answer {
    let copies = state.environment.copies(of: secret.secret)
    return Answer.all(
      ([secret.secret.namespace] + copies.namespaces).map { pods($0).released(secret.name) },
      else: "no namespace has it"
    ).adding(copies.unseen)
  }

  /// Combines the answer for a Secret's own namespace with those for its copies.
  private func withCopies(
    of secret: ObservedSecret, _ own: Answer, _ ask: (PodJudgement, Timestamp) -> Answer
  ) -> Answer {
    let copies = state.environment.copies(of: secret.secret)
    let source = secret.judgement.objects.secret(secret.name)
    let others = copies.namespaces.compactMap { other -> Answer? in
      let place = "Secret/\(other)/\(secret.name)"
      let made = SecretCopies.madeTime(
        of: reading.objects(of: other).secret(secret.name), place, source: source)
      switch made {
      case nil:
        let users = pods(other).isUnused(secret.name)
        return users.isYes
          ? nil : .unknown("\(place), a copy, does not exist, but may be used: \(users.reason)")
      case .unknown(let reason): return .unknown(reason)
      case .known(let time): return ask(pods(other), time)
      }
    }
    return Answer.all([own] + others, else: "no namespace has it").adding(copies.unseen)
  }

  /// Asks about pods, if their Secret has been made and it is known when.
  private func held(_ judgement: SecretJudgement, _ ask: (Timestamp) -> Answer) -> Answer {
    let unsealed = judgement.unsealed
    guard unsealed.isYes else { return unsealed }
    switch judgement.madeTime {
    case .known(let made): return ask(made)
    case .unknown(let reason): return .unknown(reason)
    }
  }

  // MARK: Pods

  /// The pods that have the current values of each Secret.
  var currentPods: [String: CurrentPods] {
    var found: [String: CurrentPods] = [:]
    for group in state.workspace.groups where state.lock?.credentials[group.name] != nil {
      for secret in secrets(of: group) {
        let pods = pods(of: secret)
        var started = pods.known
        if secret.judgement.unsealed.isYes, let made = secret.judgement.madeTime.value {
          started = pods.current(secret.name, rotation: secret.podRotation, made: made)
        }
        found[secret.path] = CurrentPods(values: values(of: secret.secret), started: started)
      }
    }
    return found
  }

  /// A digest that distinguishes the values of a Secret from others.
  private func values(of secret: TemplateSecret) -> String {
    let rotations = secret.items.compactMap { item -> String? in
      lockItem(item, of: secret).map { known in
        "\(item.key) \(known.expression) "
          + known.rotations.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
          .joined(separator: " ")
      }
    }
    return String(sha256(Array(rotations.joined(separator: "\n").utf8)).prefix(32))
  }

  /// The pods of its namespace, including which of them are known to have its values.
  private func pods(of secret: ObservedSecret) -> PodJudgement {
    var pods = pods(secret.secret.namespace)
    let before = earlier?.currentPods[secret.path]
    if let before, before.values == values(of: secret.secret) { pods.known = before.started }
    return pods
  }

  private func pods(_ namespace: String?) -> PodJudgement {
    PodJudgement(objects: reading.objects(of: namespace), endings: endings, sha256: sha256)
  }
}
