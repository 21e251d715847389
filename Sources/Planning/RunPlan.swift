/// What a run will do, item by item; it can be printed, because it contains no secret.

package import Kubernetes
package import Manifests
package import Workspace
internal import Text
internal import YAML

/// Where an item's ciphertext comes from.
package enum ItemAction: Sendable, Equatable {
  package enum SealReason: Sendable, Equatable {
    case new, changed
    /// The credentials in it that get a new value.
    case renewed([String])
  }

  package enum OmitReason: Sendable, Equatable {
    case optionalAbsent(String), compromised(String)
    /// Never sealed, and not part of a run for a leak.
    case laterRun
    case retired(String)
    case noPrevious, lockMissing
  }

  /// A new ciphertext.
  case seal(SealReason)
  /// The ciphertext under another key, unchanged.
  case move(from: String)
  /// The present ciphertext, unchanged.
  case carry
  /// The present ciphertext, although the lock file has another one.
  ///
  /// The whole Secret was sealed again from the same values, and the lock file records the new
  /// ciphertext.
  case takeOver
  /// The private key that was waiting in the lock file.
  case moveIn
  /// No item.
  case omit(OmitReason)
}

package struct ItemPlan: Sendable {
  package let item: TemplateItem
  package let id: LockFile.ItemID
  package let action: ItemAction

  /// Whether the Secret does not get this key.
  package var isOmitted: Bool { if case .omit = action { true } else { false } }
}

/// The plan for one SealedSecret.
package struct SecretPlan: Sendable {
  package let secret: TemplateSecret
  package let scope: Scope
  package let items: [ItemPlan]
  /// The next private keys of the items that are key pairs; they go into the lock file.
  let waiting: [ItemPlan]
  /// Whether the pods that use it restart although no value changes.
  package let restarts: Bool
  /// Keys to remove: no template has them any more.
  package let removed: [String]
  /// Keys that somebody added by hand, which stay.
  package let foreign: [String]

  package var namespace: String? { secret.namespace }

  /// Whether a value changes, so that pods must restart.
  package var changesValues: Bool {
    !removed.isEmpty
      || items.contains { plan in
        switch plan.action {
        case .seal, .move, .moveIn: true
        case .carry, .takeOver, .omit: false
        }
      }
  }
}

package struct FilePlan: Sendable {
  package let file: PlannedFile
  package let secrets: [SecretPlan]
}

/// A new value: of a credential, of one role, or of a key that is published ahead.
package struct Renewal: Sendable {
  package enum Reason: Sendable, Equatable {
    case neverSealed, asked, compromised, supplied
    case due(since: Timestamp)
    /// A template uses a next key, and there is none yet.
    case nextMissing
    /// The key before the last rotation is no longer needed.
    case previousIsDone
    /// The role's Secret was sealed from an older template.
    case templateChanged
    /// The role was in use before the last switch.
    case roleIsIdle
  }

  package let credential: Credential
  package let reason: Reason
  /// Whether an older value is in use.
  let replaces: Bool
}

package struct RunPlan: Sendable {
  /// The credentials that templates use.
  let usedNames: Set<String>
  /// The steps that this run takes.
  package let steps: [StepPlan]
  /// The next steps, which wait.
  package let waiting: [StepPlan]
  package let renewals: [Renewal]
  package let files: [FilePlan]
  package let refusals: [Refusal]
  package let warnings: [PlanWarning]
  /// The leaked passwords of roles, `PAIR@ROLE`, that this run does not replace.
  let marks: [String]
  /// The credentials whose consumers restart without a new value.
  package let restarts: [String]
  /// What was refused and is left unchanged, while the steps of the others are taken.
  package private(set) var left: [Refusal] = []
  /// The credentials in the new items that are left for a later run.
  var leftIn: Set<String> = []
  /// The credentials that were never sealed and are left for a later run.
  package private(set) var leftNew: [String] = []

  /// The plan, with what it leaves.
  func leaving(_ refusals: [Refusal], new names: [String]) -> RunPlan {
    var plan = self
    plan.left = refusals
    plan.leftNew = names
    return plan
  }

  /// The switches from one role to the other.
  package var flips: [(pair: Credential, from: Credential.Role, to: Credential.Role)] {
    steps.compactMap { plan in
      if case .flip(let from, let to) = plan.step { (plan.credential, from, to) } else { nil }
    }
  }

  package var changesValues: Bool { files.contains { $0.secrets.contains(where: \.changesValues) } }
}

extension RunPlan {
  /// The role's Secret that the consumers of a target name after the run, for each Secret of a
  /// pair.
  package func roleSwitches(
    _ state: EnvironmentState, target: String = ""
  ) -> [(pair: String, RoleSwitch)] {
    state.roleSwitches(
      target: target,
      flipped: Dictionary(
        flips.map { ($0.pair.name, $0.to.suffix) }, uniquingKeysWith: { first, _ in first }))
  }
}

extension EnvironmentState {
  /// The role's Secret that the consumers of a target must name, for each Secret of a pair.
  ///
  /// - Parameter flipped: the roles that the run switches to, by pair.
  package func roleSwitches(
    target: String, flipped: [String: String] = [:]
  ) -> [(pair: String, RoleSwitch)] {
    var switches: [(pair: String, RoleSwitch)] = []
    let secrets = files.filter { $0.target === target }.flatMap(\.template.secrets)
    for pair in workspace.groups where !pair.roles.isEmpty {
      let locked = lock?.credentials[pair.name]?.role
      guard let active = flipped[pair.name] ?? locked ?? pair.roles.first?.suffix else { continue }
      for secret in secrets where secret.pair == pair.name && secret.role?.suffix === active {
        let base = secret.name.without(suffix: "-" + active) ?? secret.name
        switches.append(
          (
            pair.name,
            RoleSwitch(
              secrets: pair.roles.map { "\(base)-\($0.suffix)" }, active: secret.name,
              namespace: secret.namespace)
          ))
      }
    }
    return switches
  }
}
