/// What a person reads of a plan: reasons and warnings.

internal import Kubernetes
internal import Planning

extension Renewal.Reason {
  /// - Parameter asked: how the command line asked for it.
  func words(asked: String) -> String {
    switch self {
    case .neverSealed: "never sealed"
    case .asked: asked
    case .compromised: "compromised"
    case .supplied: "supplied"
    case .due(let since): "due since \(since.day)"
    }
  }
}

extension ItemAction.SealReason {
  var words: String {
    switch self {
    case .new: "new"
    case .changed: "changed"
    case .renewed(let credentials): "new \(credentials.joined(separator: ", "))"
    }
  }
}

extension ItemAction.OmitReason {
  var words: String {
    switch self {
    case .optionalAbsent(let name): "optional '\(name)' is absent"
    case .compromised(let name): "'\(name)' is compromised"
    case .noPrevious: "no previous value yet"
    case .lockMissing: "the lock file is missing"
    }
  }
}

extension PlanWarning {
  var words: String {
    switch self {
    case .unusedCredential(let name): "credential '\(name)' is used by no template"
    case .window(let name, keepsPrevious: true):
      "until every pod has rolled, pods with the old '\(name)' refuse what new ones sign"
    case .window(let name, keepsPrevious: false):
      "from the sync until every pod has rolled, pods with the old '\(name)' can be refused"
    case .tokensEnd(let name, let before):
      "'\(name)' was renewed less than its tokenLifetime ago: tokens from before \(before.day) end with this run"
    case .supplyDue(let name, let since):
      "'\(name)' is due since \(since.day); get a new value from who issues it, then: rotate --only \(name)"
    case .immutable(let secret):
      "Secret '\(secret)' is immutable: where it is live, the controller cannot change it; delete it then"
    case .foreignItems(let file, let keys):
      "\(file) has items that no template names, which stay: \(keys.joined(separator: ", "))"
    case .templateGone(let secret):
      "SealedSecret \(secret) has no template any more and stays as it is"
    }
  }
}
