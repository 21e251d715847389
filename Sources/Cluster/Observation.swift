/// Turns the objects of a cluster into evidence: for each credential, how far its last step is.

package import Kubernetes
internal import Manifests
package import Planning
internal import Text
internal import Workspace
internal import YAML

package struct Observation: Sendable {
  let state: EnvironmentState
  let reading: ClusterReading
  let consumers: BuiltConsumers
  /// The evidence of an earlier look at the same cluster; nil if there is none.
  let earlier: Evidence?
  /// Whether the last step of every credential is on the base branch.
  let merged: Answer
  let now: Timestamp
  let sha256: SHA256
  let endings: PodEndings
  /// Why a look at this moment is not remembered; nil if it may be.
  let clockFault: String?

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
    var answers: [Fact: Answer] = [.merged: merged]
    answers[.synced] = Answer.all(secrets.map(\.judgement.synced), else: "no Secret contains it")
    answers[.unsealed] = Answer.all(
      secrets.map(\.judgement.unsealed), else: "no Secret contains it")
    var published: Timestamp?
    if state.isPublished(group.name) {
      (answers[.published], published) = PublicationJudgement(
        state: state, reading: reading, now: now
      ).publication(of: group)
    }
    var look: Look?
    var ended: Timestamp?
    if !group.roles.isEmpty {
      addRoles(of: entry, secrets, &answers)
    } else {
      answers[.rolled] = Answer.all(secrets.map { rolled($0) }, else: "no Secret contains it")
      if hasPrevious(group) {
        let isLeft = Answer.all(
          secrets.map { leavesNoOlder($0) }, else: "no Secret contains it")
        look = self.look(of: group.name, entry, secrets, isLeft)
        ended = isLeft.isYes ? look?.time : nil
        answers[.expired] = expired(group, ended, isLeft)
      }
    }
    return CredentialEvidence(
      generation: entry.generation, step: entry.step,
      ciphertexts: ciphertexts, answers: answers,
      signersEnded: ended, publishedAt: published, look: look,
      consumers: consumers.places[group.name] ?? [])
  }

  // MARK: Pairs

  private func addRoles(
    of entry: LockFile.Credential, _ secrets: [ObservedSecret], _ answers: inout [Fact: Answer]
  ) {
    let active = secrets.filter { $0.secret.role?.suffix === entry.role ?? "" }
    let idle = secrets.filter { $0.secret.role?.suffix !== entry.role ?? "" }
    let rolled = Answer.all(
      active.map { self.rolled($0) }, else: "no Secret contains the role in use")
    answers[.rolled] = rolled
    // If the consumers have not arrived at the role in use, or do not exist, consumers that are not
    // seen may still use the other one.
    answers[.released] =
      rolled.isYes
      ? Answer.all(idle.map { released($0) }, else: "no Secret contains the other role") : rolled
    answers[.altered] = altered(idle)
  }

  /// Whether the database has the passwords of the idle role.
  private func altered(_ idle: [ObservedSecret]) -> Answer {
    // A copy in a namespace without its own database only has to exist.
    let altered = idle.map { secret in
      RoleJudgement(objects: secret.judgement.objects, now: now).altered(
        login: secret.secret.role?.login ?? "", secret: secret.name,
        unsealed: secret.judgement.unsealed)
    }
    guard altered.contains(where: { $0 != nil }) else {
      return .unknown("no Cluster of CloudNativePG manages the other role here")
    }
    let places = Set(idle.map(\.secret.namespace))
    let standbys = state.readClusters(reading.namespaces).filter { places.contains($0.namespace) }
      .map { cluster in
        (reading.instances[cluster.key] ?? .unread("it was not requested")).answer(
          cluster.name, cluster.pods.map(\.pod))
      }
    return Answer.all(
      zip(idle, altered).map { secret, answer in answer ?? secret.judgement.unsealed } + standbys,
      else: "no Secret contains the other role")
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
    of name: String, _ entry: LockFile.Credential, _ secrets: [ObservedSecret], _ isLeft: Answer
  ) -> Look? {
    guard isLeft.kind != .no else { return nil }
    let versions = versions(of: secrets)
    if let before = earlier?.credentials[name], before.generation == entry.generation,
      before.step === entry.step, let look = before.look, look.time <= now,
      versions == nil || look.sealedSecrets == versions
    {
      return look
    }
    // Until then a kubelet may start a container with the old Secret.
    let isSettled = secrets.allSatisfy { secret in
      secret.judgement.madeTime.value.map { KubeletCache.isOver($0, at: now) } ?? false
    }
    guard isLeft.isYes, let versions, clockFault == nil, isSettled else { return nil }
    return Look(time: now, sealedSecrets: versions)
  }

  /// The live versions of their SealedSecrets; nil if those cannot be read.
  private func versions(of secrets: [ObservedSecret]) -> [String: String]? {
    var versions: [String: String] = [:]
    for secret in secrets {
      let objects = secret.judgement.objects
      guard case .objects = objects.listing(.sealedSecret) else { return nil }
      let metadata = objects.object(.sealedSecret, secret.name)?["metadata"]
      versions[secret.path] =
        "\(metadata?["uid"]?.scalar ?? "")/\(metadata?["generation"]?.scalar ?? "")"
    }
    return versions
  }
}
