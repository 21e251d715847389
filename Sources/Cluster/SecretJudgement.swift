/// Whether a SealedSecret has reached the cluster, and whether its Secret was made from it.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Text
internal import YAML

/// The state of one SealedSecret in the cluster, compared with the repository.
struct SecretJudgement {
  let name: String
  /// The rotation that its file names.
  let rotation: String?
  /// The expected digest of each item of one credential; nil if the item should be absent.
  let digests: [String: String?]
  let objects: NamespaceObjects
  let sha256: SHA256

  private var live: Node? { objects.object(.sealedSecret, name) }

  /// Whether the live ciphertexts are those of the lock file.
  var synced: Answer {
    guard case .objects = objects.listing(.sealedSecret) else {
      return objects.unread(.sealedSecret)
    }
    guard let live else { return .no("SealedSecret/\(name) does not exist") }
    let items = live.at("spec", "encryptedData")
    for (key, digest) in digests.sorted(by: { $0.key < $1.key }) {
      let value = items?[key]?.scalar.flatMap { SealedValue(base64: $0) }
      guard value.map({ $0.digest(sha256) }) == digest else {
        return .no(
          "SealedSecret/\(name) spec.encryptedData.\(key) differs from the lock file")
      }
    }
    if let rotation, live.annotation(Rollout.rotationAnnotation) != rotation {
      return .no("SealedSecret/\(name) has a different \(Rollout.rotationAnnotation) than its file")
    }
    return .yes("SealedSecret/\(name) spec.encryptedData")
  }

  /// Whether the controller has made the Secret from it.
  var unsealed: Answer {
    guard case .objects = objects.listing(.sealedSecret) else {
      return objects.unread(.sealedSecret)
    }
    guard let live else { return .no("SealedSecret/\(name) does not exist") }
    guard synced.isYes else {
      return .no("SealedSecret/\(name) does not match the lock file yet")
    }
    let condition = live.condition("Synced")
    let (generation, observed) = (
      live.number("metadata", "generation"), live.number("status", "observedGeneration")
    )
    if condition?["status"]?.scalar == "False" {
      let message = condition?["message"]?.scalar ?? ""
      return .no("SealedSecret/\(name) status: \(message.isEmpty ? "not synced" : message)")
    }
    let secret = objects.secret(name)
    if case .absent = secret { return .no("Secret/\(name) does not exist") }
    guard let generation, generation == observed else {
      let behind =
        "SealedSecret/\(name) status.observedGeneration is \(observed.map { String($0) } ?? "absent") of \(generation.map { String($0) } ?? "?")"
      guard let secret = secret.object else { return .unknown(behind) }
      return isMade(secret, live)
        ? .unknown(
          "\(behind), but Secret/\(name) has the rotation: the controller could not write its status; restart the controller"
        )
        : .no(behind)
    }
    guard condition?["status"]?.scalar == "True" else {
      return .unknown("SealedSecret/\(name) has no condition Synced")
    }
    switch secret {
    case .metadata(let secret): return asMade(secret, live)
    case .absent: return .no("Secret/\(name) does not exist")
    case .forbidden:
      return .yes("SealedSecret/\(name) status.observedGeneration; Secret/\(name) was not read")
    case .unread(let reason): return .unknown("Secret/\(name): \(reason)")
    }
  }

  /// Whether the Secret is still as the controller made it.
  private func asMade(_ secret: Node, _ live: Node) -> Answer {
    guard isMade(secret, live) else {
      return .no(
        "Secret/\(name) has a different \(Rollout.rotationAnnotation): it was edited, or is older")
    }
    let fields = SecretFields(secret, controller: controller)
    let keys = Set(
      (live.at("spec", "encryptedData")?.entries ?? []).compactMap(\.key.scalar)
        // A null leaves its key out.
        + (live.at("spec", "template", "data")?.entries ?? []).filter { !$0.value.isNull }
        .compactMap(\.key.scalar))
    let isShared =
      live.at("spec", "template", "metadata", "annotations")?["sealedsecrets.bitnami.com/patch"]?
      .scalar == "true"
    if let editor = fields.editor(
      of: keys, claim: isShared ? .keys : .whole, made: syncTime)
    {
      return .no("Secret/\(name) was edited by '\(editor)' after the controller made it")
    }
    if let key = fields.missing(of: keys) {
      return .no("Secret/\(name) lacks \(key), which the controller had added")
    }
    return .yes("Secret/\(name) \(Rollout.rotationAnnotation)")
  }

  /// When the Secret got its current values, or why that is not known.
  var madeTime: Known<Timestamp> {
    if let secret = objects.secret(name).object,
      let time = SecretFields(secret, controller: controller).ownTime
    {
      return .known(time)
    }
    guard let syncTime else {
      return .unknown("SealedSecret/\(name) does not say when its Secret was made")
    }
    // A controller before 0.26.1 does not update the time (bitnami-labs/sealed-secrets#1475). A
    // restart sets another rotation on the SealedSecret itself, and makes no Secret.
    let annotations = live?.at("spec", "template", "metadata", "annotations")
    let rotation = annotations?[Rollout.rotationAnnotation]?.scalar ?? rotation
    if let rotation, let begun = Timestamp(rotation: rotation),
      begun.seconds - syncTime.seconds > 600
    {
      return .unknown(
        "SealedSecret/\(name) lastUpdateTime is older than its rotation, as with a controller before 0.26.1: update the controller, or allow moltseal live to read the Secret's metadata"
      )
    }
    return .known(syncTime)
  }

  /// When the controller made the Secret, as it says.
  private var syncTime: Timestamp? {
    live?.condition("Synced")?["lastUpdateTime"]?.scalar.flatMap { Timestamp($0) }
  }

  /// The name under which the controller writes, taken from its own status.
  private var controller: String {
    let entries = live?.at("metadata", "managedFields")?.items ?? []
    return entries.last { $0["subresource"]?.scalar == "status" }?["manager"]?.scalar
      ?? entries.last { $0.at("fieldsV1", "f:status") != nil }?["manager"]?.scalar ?? "controller"
  }

  private func isMade(_ secret: Node, _ live: Node) -> Bool {
    let wanted = live.at("spec", "template", "metadata", "annotations")?[
      Rollout.rotationAnnotation]?.scalar
    return secret.annotation(Rollout.rotationAnnotation) == wanted
      && secret.at("metadata", "deletionTimestamp") == nil
  }
}

/// A value, or why it is not known.
enum Known<Value> {
  case known(Value)
  case unknown(String)

  var value: Value? { if case .known(let value) = self { value } else { nil } }
}

extension NamespaceObjects {
  /// Why nothing is known about a kind.
  func unread(_ kind: ObjectKind) -> Answer {
    switch listing(kind) {
    case .unread(let reason): .unknown("\(kind.plural): \(reason)")
    case .noSuchKind: .no("the cluster has no \(kind.plural)")
    case .objects: .unknown(kind.plural)
    }
  }
}

extension Node {
  /// One of `status.conditions`.
  func condition(_ type: String) -> Node? {
    at("status", "conditions")?.items?.last { $0["type"]?.scalar == type }
  }
}
