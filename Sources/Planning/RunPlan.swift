/// What a run will do, item by item. Printable, and without a secret.

package import Kubernetes
package import Manifests
package import Workspace
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
    case noPrevious, lockMissing
  }

  /// A new ciphertext.
  case seal(SealReason)
  /// The ciphertext that stands under another key, as it is.
  case move(from: String)
  /// The ciphertext that stands here, as it is.
  case carry
  /// No item.
  case omit(OmitReason)
}

package struct ItemPlan: Sendable {
  package let item: TemplateItem
  package let id: LockFile.ItemID
  package let action: ItemAction
}

/// What becomes of one SealedSecret.
package struct SecretPlan: Sendable {
  package let secret: TemplateSecret
  package let namespace: String?
  package let scope: Scope
  package let items: [ItemPlan]
  /// Keys that go: no template has them any more.
  package let removed: [String]
  /// Keys that somebody added by hand, which stay.
  package let foreign: [String]

  /// Whether a value changes, so that pods must follow.
  package var changesValues: Bool {
    !removed.isEmpty
      || items.contains { plan in
        switch plan.action {
        case .seal, .move: true
        case .carry, .omit: false
        }
      }
  }
}

package struct FilePlan: Sendable {
  package let file: PlannedFile
  package let secrets: [SecretPlan]
}

/// A credential that gets a new value.
package struct Renewal: Sendable {
  package enum Reason: Sendable, Equatable {
    case neverSealed, asked, compromised, supplied
    case due(since: Timestamp)
  }

  package let credential: Credential
  package let reason: Reason
  /// Whether an older value is in use.
  package let replaces: Bool
}

package struct RunPlan: Sendable {
  /// The credentials that some template uses.
  package let usedNames: Set<String>
  package let renewals: [Renewal]
  package let files: [FilePlan]
  package let refusals: [Refusal]
  package let warnings: [PlanWarning]

  /// The supplied credentials whose values are sealed in this run.
  package var suppliedNames: [String] {
    renewals.filter(\.credential.isSupplied).map(\.credential.name)
  }

  package var changesValues: Bool { files.contains { $0.secrets.contains(where: \.changesValues) } }
}
