/// The steps of a change, according to the lock files before and after it.

internal import Kubernetes
internal import Manifests
internal import Operations
internal import Planning
internal import Workspace

struct GateSteps {
  let after: LockFile
  /// The credentials whose lines differ.
  let credentials: Set<String>
  /// The id that they all have; nil if they are not of one run.
  let rotation: String?
  /// The ids in the lock file before the change.
  private let known: Set<String>
  /// When their new values were made; nil if there are none.
  let time: Timestamp?

  init(from before: LockFile, to after: LockFile) {
    self.after = after
    let names = Set(before.credentials.keys).union(after.credentials.keys).filter {
      before.credentials[$0] != after.credentials[$0]
    }
    credentials = Set(names.map { Credential.group(of: $0) })
    let steps = Set(credentials.compactMap { after.credentials[$0]?.step })
    rotation = steps.count == 1 && !credentials.isEmpty ? steps.first : nil
    time =
      names.compactMap { after.credentials[$0] }.first { [rotation] in
        $0.rotation == rotation
      }?.time
    known = Set(before.credentials.values.flatMap { [$0.rotation, $0.step] })
  }

  /// Whether the run is not older than those in the lock file before, and not in the future.
  func isDated(until now: Timestamp) -> Bool {
    guard let rotation, let own = Timestamp(rotation: rotation), !known.contains(rotation) else {
      return false
    }
    return own.seconds <= now.seconds + 300 && time.map { $0 == own } ?? true
      && known.allSatisfy { Timestamp(rotation: $0).map { $0 <= own } ?? true }
  }

  /// The ciphertexts of the change, where the plan seals something.
  func sealed(_ plan: RunPlan, _ head: EnvironmentState) -> ValueSealing.Result {
    var result = ValueSealing.Result()
    for (secret, item) in plan.sealedItems {
      let document = head.files.lazy.compactMap {
        $0.document(of: secret.secret)
      }.first
      result.values[item.id] = document?.value(item.item.key)
    }
    return result
  }

  /// The key that the change has sealed for; nil if nothing was sealed.
  func certificate(_ plan: RunPlan) -> String? {
    plan.sealedItems.lazy.compactMap { after.items[$0.item.id]?.certificate }.first
  }
}
