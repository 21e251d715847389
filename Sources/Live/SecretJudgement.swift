/// Whether a SealedSecret has come to the cluster, and whether its Secret was made from it.

internal import Kubernetes
internal import Manifests
internal import Planning
internal import Text
internal import YAML

/// What the cluster says of one SealedSecret, held against the repository.
struct SecretJudgement {
  let name: String
  /// The rotation that its file names.
  let rotation: String?
  /// The digest that each item of one credential is to have; nil where the item is to be absent.
  let digests: [String: String?]
  let objects: NamespaceObjects
  let sha256: SHA256

  private var live: Node? { objects.object(.sealedSecret, name) }

  /// Whether the live ciphertexts are those of the lock file.
  var synced: Answer {
    guard case .objects = objects.listing(.sealedSecret) else {
      return objects.unread(.sealedSecret)
    }
    guard let live else { return .no("SealedSecret/\(name) is not there") }
    let items = live.at("spec", "encryptedData")
    for (key, digest) in digests.sorted(by: { $0.key < $1.key }) {
      let value = items?[key]?.scalar.flatMap { SealedValue(base64: $0) }
      guard value.map({ $0.digest(sha256) }) == digest else {
        return .no(
          "SealedSecret/\(name) spec.encryptedData.\(key) is another one than in the lock file")
      }
    }
    if let rotation, live.annotation(Rollout.rotationAnnotation) != rotation {
      return .no("SealedSecret/\(name) has another \(Rollout.rotationAnnotation) than its file")
    }
    return .yes("SealedSecret/\(name) spec.encryptedData")
  }

  /// Whether the controller has made the Secret from it.
  var unsealed: Answer {
    guard case .objects = objects.listing(.sealedSecret) else {
      return objects.unread(.sealedSecret)
    }
    guard let live else { return .no("SealedSecret/\(name) is not there") }
    guard synced.isYes else {
      return .no("SealedSecret/\(name) is not the one of the lock file yet")
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
    if objects.lacksSecret(name) { return .no("Secret/\(name) is not there") }
    guard let generation, generation == observed else {
      let behind =
        "SealedSecret/\(name) status.observedGeneration is \(observed.map { String($0) } ?? "absent") of \(generation.map { String($0) } ?? "?")"
      guard let secret else { return .unknown(behind) }
      return isMade(secret, live)
        ? .unknown(
          "\(behind), but Secret/\(name) has the rotation: the controller could not write its status; restart it"
        )
        : .no(behind)
    }
    guard condition?["status"]?.scalar == "True" else {
      return .unknown("SealedSecret/\(name) has no condition Synced")
    }
    guard let secret else {
      return .yes("SealedSecret/\(name) status.observedGeneration; Secret/\(name) was not read")
    }
    guard isMade(secret, live) else {
      return .no(
        "Secret/\(name) has another \(Rollout.rotationAnnotation): it was edited, or is older")
    }
    if let editor = editor(of: secret) {
      return .no("Secret/\(name) was edited by '\(editor)' after the controller had made it")
    }
    return .yes("Secret/\(name) \(Rollout.rotationAnnotation)")
  }

  /// When the controller had made the Secret, as its SealedSecret says.
  var unsealTime: Timestamp? {
    live?.condition("Synced")?["lastUpdateTime"]?.scalar.flatMap { Timestamp($0) }
  }

  private func isMade(_ secret: Node, _ live: Node) -> Bool {
    let wanted = live.at("spec", "template", "metadata", "annotations")?[
      Rollout.rotationAnnotation]?.scalar
    return secret.annotation(Rollout.rotationAnnotation) == wanted
      && secret.at("metadata", "deletionTimestamp") == nil
  }

  /// Who has written values of the Secret after the controller, as far as the server keeps it.
  private func editor(of secret: Node) -> String? {
    guard let made = unsealTime else { return nil }
    for entry in secret.at("metadata", "managedFields")?.items ?? [] {
      guard let time = entry["time"]?.scalar.flatMap({ Timestamp($0) }),
        entry.at("fieldsV1", "f:data") != nil, time.seconds > made.seconds + 2
      else { continue }
      return entry["manager"]?.scalar ?? "somebody"
    }
    return nil
  }
}

extension NamespaceObjects {
  /// Why nothing is known of a kind.
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
