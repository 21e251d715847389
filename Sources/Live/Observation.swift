/// Turns the objects of a cluster into evidence: for each credential, how far its last step is.

package import Kubernetes
internal import Manifests
package import Planning
internal import Text
internal import Workspace
internal import YAML

package struct Observation: Sendable {
  private let state: EnvironmentState
  private let reading: ClusterReading
  private let consumers: BuiltConsumers
  /// The evidence of an earlier look at the same cluster; nil if there is none.
  private let earlier: Evidence?
  /// Whether the last step of every credential is on the base branch.
  private let merged: Answer
  private let now: Timestamp
  private let sha256: SHA256
  private let endings: PodEndings
  /// Why a look at this moment is not remembered; nil if it may be.
  private let clockFault: String?

  /// - Parameter earlier: evidence of an earlier look; it is ignored if it is of another
  ///   environment or cluster.
  package init(
    state: EnvironmentState, reading: ClusterReading, consumers: BuiltConsumers,
    earlier: Evidence? = nil, merged: Answer, now: Timestamp, sha256: @escaping SHA256
  ) {
    self.state = state
    self.reading = reading
    self.consumers = consumers
    self.merged = merged
    self.now = now
    self.sha256 = sha256
    self.earlier = earlier.flatMap { earlier in
      earlier.environment === state.environment.name && earlier.cluster != nil
        && earlier.cluster?.id == reading.cluster?.id ? earlier : nil
    }
    endings = PodEndings(
      since: (self.earlier?.finishedPods ?? [:]).filter { $0.value <= now }, nodes: reading.nodes,
      now: now)
    clockFault = NewestTime(of: reading)?.fault(now)
  }

  package var evidence: Evidence {
    var credentials: [String: CredentialEvidence] = [:]
    let ciphertexts = state.lock?.ciphertextsByCredential ?? [:]
    for group in state.workspace.groups {
      guard let entry = state.lock?.credentials[group.name] else { continue }
      credentials[group.name] = evidence(of: group, entry, ciphertexts[group.name] ?? [:])
    }
    return Evidence(
      environment: state.environment.name, time: now, credentials: credentials,
      cluster: reading.cluster, finishedPods: finishedPods, currentPods: currentPods)
  }

  /// The pods that have the current values of each Secret.
  private var currentPods: [String: CurrentPods] {
    var found: [String: CurrentPods] = [:]
    for group in state.workspace.groups where state.lock?.credentials[group.name] != nil {
      for (secret, namespace) in secrets(of: group) {
        let judgement = judgement(of: secret, namespace, group)
        let pods = pods(of: secret, namespace)
        var started = pods.known
        if judgement.unsealed.isYes, let made = judgement.madeTime.value {
          started = pods.current(
            secret.builtName, rotation: secret.role == nil ? judgement.rotation : nil, made: made)
        }
        found["\(namespace)/\(secret.builtName)"] = CurrentPods(
          values: values(of: secret), started: started)
      }
    }
    return found
  }

  /// A digest that distinguishes the values of a Secret from others.
  private func values(of secret: TemplateSecret) -> String {
    let rotations = secret.items.compactMap { item -> String? in
      let id = LockFile.ItemID(
        namespace: secret.namespace, secret: secret.builtName, key: item.key)
      return state.lock?.items[id].map { known in
        "\(item.key) \(known.expression) "
          + known.rotations.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
          .joined(separator: " ")
      }
    }
    return String(sha256(Array(rotations.joined(separator: "\n").utf8)).prefix(32))
  }

  /// Since when each pod that is over only by its phase is known to be so.
  private var finishedPods: [String: Timestamp] {
    var found: [String: Timestamp] = [:]
    for pod in reading.namespaces.values.flatMap({ $0.listing(.pod).nodes ?? [] }) {
      guard pod.isOverByPhaseAlone, let uid = pod.at("metadata", "uid")?.scalar else { continue }
      found[uid] = endings.since[uid] ?? (clockFault == nil ? now : nil)
    }
    return found
  }

  private func evidence(
    of group: Credential, _ entry: LockFile.Credential, _ ciphertexts: [String: String]
  ) -> CredentialEvidence {
    let secrets = secrets(of: group)
    let judgements = secrets.map { judgement(of: $0.secret, $0.namespace, group) }
    var answers: [Fact: Answer] = [.merged: merged]
    answers[.synced] = Answer.all(judgements.map(\.synced), else: "no Secret contains it")
    answers[.unsealed] = Answer.all(judgements.map(\.unsealed), else: "no Secret contains it")
    var look: Look?
    var ended: Timestamp?
    var published: Timestamp?
    if state.isPublished(group.name) {
      (answers[.published], published) = PublicationJudgement(
        state: state, reading: reading, now: now
      ).publication(of: group)
    }
    if group.roles.isEmpty {
      answers[.rolled] = Answer.all(
        zip(secrets, judgements).map { rolled($0.secret, $0.namespace, $1) },
        else: "no Secret contains it")
      if hasPrevious(group) {
        let isLeft = Answer.all(
          zip(secrets, judgements).map { leavesNoOlder($0.secret, $0.namespace, $1) },
          else: "no Secret contains it")
        // Until then a kubelet may start a container with the old Secret.
        let isSettled = judgements.allSatisfy { judgement in
          judgement.madeTime.value.map { KubeletCache.isOver($0, at: now) } ?? false
        }
        look = self.look(
          of: group.name, entry, versions(of: secrets), isLeft, isSettled: isSettled)
        ended = isLeft.isYes ? look?.time : nil
        answers[.expired] = expired(group, ended, isLeft)
      }
    } else {
      addRoles(
        of: group, entry, zip(secrets, judgements).map { ($0.secret, $0.namespace, $1) }, &answers)
    }
    return CredentialEvidence(
      generation: entry.generation, step: entry.step,
      ciphertexts: ciphertexts, answers: answers,
      signersEnded: ended, publishedAt: published, look: look,
      consumers: consumers.places[group.name] ?? [])
  }

  // MARK: Pairs

  private func addRoles(
    of group: Credential, _ entry: LockFile.Credential,
    _ secrets: [(TemplateSecret, String, SecretJudgement)], _ answers: inout [Fact: Answer]
  ) {
    let active = secrets.filter { $0.0.role?.suffix === entry.role ?? "" }
    let idle = secrets.filter { $0.0.role?.suffix !== entry.role ?? "" }
    answers[.rolled] = Answer.all(
      active.map { secret, namespace, judgement in rolled(secret, namespace, judgement) },
      else: "no Secret contains the role in use")
    // If the consumers have not arrived at the role in use, or do not exist, consumers that are not
    // seen may still use the other one.
    if let rolled = answers[.rolled], !rolled.isYes {
      answers[.released] = rolled
    } else {
      answers[.released] = Answer.all(
        idle.map { secret, namespace, _ in released(secret, namespace) },
        else: "no Secret contains the other role")
    }
    // A copy in a namespace without its own database only has to exist.
    let altered = idle.map { secret, namespace, judgement in
      RoleJudgement(objects: objects(namespace), now: now).altered(
        login: secret.role?.login ?? "", secret: secret.builtName, unsealed: judgement.unsealed)
    }
    let places = Set(idle.map { $0.1 })
    let standbys = state.readClusters(reading.namespaces).filter { places.contains($0.namespace) }
      .map { cluster in
        (reading.instances[cluster.key] ?? .unread("it was not requested")).answer(
          cluster.name, cluster.pods.map(\.pod))
      }
    answers[.altered] =
      altered.contains { $0 != nil }
      ? Answer.all(
        zip(idle, altered).map { idle, answer in answer ?? idle.2.unsealed } + standbys,
        else: "no Secret contains the other role")
      : .unknown("no Cluster of CloudNativePG manages the other role here")
  }

  // MARK: Secrets

  private func secrets(of group: Credential) -> [(secret: TemplateSecret, namespace: String)] {
    state.secrets(of: group).map { ($0, $0.namespace ?? "") }
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
    let own = held(judgement) { made in
      pods(of: secret, namespace).rolled(
        secret.builtName, rotation: secret.role == nil ? judgement.rotation : nil, made: made,
        expected: consumers.workloads["\(namespace)/\(secret.builtName)"] ?? [])
    }
    return withCopies(of: secret, namespace, own) { pods, made in
      pods.rolled(secret.builtName, rotation: nil, made: made, expected: [])
    }
  }

  /// Whether no running container may have an older Secret than the live one.
  private func leavesNoOlder(
    _ secret: TemplateSecret, _ namespace: String, _ judgement: SecretJudgement
  ) -> Answer {
    let own = held(judgement) { made in
      pods(of: secret, namespace).leavesNoOlder(
        secret.builtName, rotation: judgement.rotation, made: made)
    }
    return withCopies(of: secret, namespace, own) { pods, made in
      pods.leavesNoOlder(secret.builtName, rotation: nil, made: made)
    }
  }

  /// Whether nothing names a Secret that should have no users, in its namespace or in those of its
  /// copies.
  private func released(_ secret: TemplateSecret, _ namespace: String) -> Answer {
    let copies = state.environment.copies(of: secret)
    return Answer.all(
      ([namespace] + copies.namespaces).map { pods($0).released(secret.builtName) },
      else: "no namespace has it"
    ).adding(copies.unseen)
  }

  /// Combines the answer for a Secret's own namespace with those for its copies.
  private func withCopies(
    of secret: TemplateSecret, _ namespace: String, _ own: Answer,
    _ ask: (PodJudgement, Timestamp) -> Answer
  ) -> Answer {
    let copies = state.environment.copies(of: secret)
    let source = objects(namespace).secret(secret.builtName)
    let others = copies.namespaces.compactMap { other -> Answer? in
      let place = "Secret/\(other)/\(secret.builtName)"
      let made = SecretCopies.madeTime(
        of: objects(other).secret(secret.builtName), place, source: source)
      switch made {
      case nil:
        let users = pods(other).isUnused(secret.builtName)
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

  private func objects(_ namespace: String) -> NamespaceObjects {
    reading.objects(of: namespace)
  }

  /// The pods of a namespace, including which of them are known to have the values of a Secret.
  private func pods(of secret: TemplateSecret, _ namespace: String) -> PodJudgement {
    var pods = pods(namespace)
    let before = earlier?.currentPods["\(namespace)/\(secret.builtName)"]
    if let before, before.values == values(of: secret) { pods.known = before.started }
    return pods
  }

  private func pods(_ namespace: String) -> PodJudgement {
    PodJudgement(objects: objects(namespace), endings: endings, sha256: sha256)
  }

  // MARK: Tokens

  /// Whether a previous key may still be in use.
  private func hasPrevious(_ group: Credential) -> Bool {
    state.isPublished(group.name)
      || state.files.lazy.flatMap(\.template.secrets).flatMap(\.items).contains {
        $0.expression.previousOf === group.name
      }
  }

  /// - Parameter isLeft: whether no container runs with an older key.
  private func expired(_ group: Credential, _ ended: Timestamp?, _ isLeft: Answer) -> Answer {
    guard let lifetime = group.tokenLifetime else {
      return .unknown("moltseal.yml sets no tokenLifetime for '\(group.name)'")
    }
    guard isLeft.isYes else { return isLeft }
    guard let ended else {
      return .unknown(clockFault ?? "the Secret was made less than two minutes ago: look again")
    }
    return .expiry(of: ended, lifetime: lifetime, now: now)
  }

  // MARK: Looks

  /// The first look that found no container with an older value; an earlier one if it is still
  /// valid.
  private func look(
    of name: String, _ entry: LockFile.Credential, _ versions: [String: String]?, _ isLeft: Answer,
    isSettled: Bool
  ) -> Look? {
    guard isLeft.kind != .no else { return nil }
    if let before = earlier?.credentials[name], before.generation == entry.generation,
      before.step === entry.step, let look = before.look, look.time <= now,
      versions == nil || look.sealedSecrets == versions
    {
      return look
    }
    guard isLeft.isYes, let versions, clockFault == nil, isSettled else { return nil }
    return Look(time: now, sealedSecrets: versions)
  }

  /// The live versions of their SealedSecrets; nil if those cannot be read.
  private func versions(
    of secrets: [(secret: TemplateSecret, namespace: String)]
  ) -> [String: String]? {
    var versions: [String: String] = [:]
    for (secret, namespace) in secrets {
      guard case .objects = objects(namespace).listing(.sealedSecret) else { return nil }
      let metadata = objects(namespace).object(.sealedSecret, secret.builtName)?["metadata"]
      versions["\(namespace)/\(secret.builtName)"] =
        "\(metadata?["uid"]?.scalar ?? "")/\(metadata?["generation"]?.scalar ?? "")"
    }
    return versions
  }
}
