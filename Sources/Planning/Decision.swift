/// A decision with what it refuses: a plan is made to its end, so that it has every refusal.

internal import Workspace
internal import YAML

struct Decision<Value> {
  let value: Value
  let refusals: [Refusal]

  init(_ value: Value, _ refusals: [Refusal] = []) {
    self.value = value
    self.refusals = refusals
  }
}

extension Refusal {
  /// The refusal of what was asked for, which no file has.
  init(_ reason: Reason) { self.init(reason: reason, file: nil, location: nil) }

  /// The refusal of a credential, where the workspace file has it.
  init(_ reason: Reason, of credential: Credential) {
    self.init(reason: reason, file: nil, location: credential.location)
  }
}
