/// Why an operation is refused: a code, a message and a location.

internal import Kubernetes
internal import Manifests
internal import Rules
package import YAML

/// One fault.
///
/// The caller says how to fix it, because it knows the options.
package struct OperationFault: Error, Sendable {
  /// The exit status of kubeseal where it panics.
  package static let panicStatus: Int32 = 64

  package enum Code: String, Sendable, CaseIterable {
    // Plain Secrets.
    case unreadable, noSecret, noData, noName, otherNamespace, noNamespace, filledInLater
    // A file of SealedSecrets.
    case targetUnreadable, noSealedSecret, severalDocuments, noSuchTarget, severalTargets
    case targetNamespace, targetScope, targetLacksNamespace, repeatedKey, notEditable
    /// kubeseal would make an item that nobody can open, or would panic.
    case kubesealScope, kubesealPanics
    // Ciphertexts.
    case cannotBeOpened, notRendered, cannotMove
    // Values.
    case notUTF8, tooLong
    /// A value that nobody wants, or that the type of its Secret does not allow.
    case notMeant
    // A run.
    case outputElsewhere, kustomizationNotEditable, nothingToSwitch, switchUnclear
  }

  package let code: Code
  package let message: String
  /// What the hint has to name, such as the existing targets.
  package let detail: String
  /// The hint, if it is the same for every caller; nil if the caller has its own.
  package let hint: String?
  /// The file, as the caller names it; nil for the input.
  package let file: String?
  package let location: Location?

  package init(
    _ code: Code, _ message: String, detail: String = "", hint: String? = nil,
    file: String? = nil, at location: Location? = nil
  ) {
    self.code = code
    self.message = message
    self.detail = detail
    self.hint = hint
    self.file = file
    self.location = location
  }

  init(_ code: Code, _ error: YAMLError, file: String? = nil) {
    self.init(code, error.message, hint: error.hint, file: file, at: error.location)
  }

  init(_ refusal: EditRefusal, file: String?) {
    self.init(
      .notEditable, "cannot be edited: \(refusal.message)", file: file,
      at: refusal.location)
  }
}

/// What becomes of items that no key opens.
package enum Unopened: Sendable {
  /// The operation is refused, with the reason for each.
  case refused
  /// They are left out, and reported.
  case leftOut
}

/// Several faults of one operation, which changed nothing.
package struct OperationFaults: Error, Sendable {
  package let faults: [OperationFault]
}

extension OperationFault {
  /// A kustomization that cannot be edited; a person has to remove the entries.
  init(_ refusal: EditRefusal, of context: KustomizationContext) {
    self.init(
      .kustomizationNotEditable, "cannot be edited: \(refusal.message)",
      detail: context.entriesToRemove.map(\.name).joined(separator: ", "), file: context.path,
      at: refusal.location)
  }
}

extension OperationFault {
  /// The fault of a name or namespace that a tool such as Flux fills in after sealing; nil if there
  /// is none.
  ///
  /// A ciphertext is bound to that name, so nothing could open it.
  static func filledInLater(
    _ scope: Scope, name: String, namespaces: [String?], file: String? = nil, at location: Location
  ) -> OperationFault? {
    guard scope != .clusterWide else { return nil }
    let bound = namespaces.compactMap { $0 } + (scope == .strict ? [name] : [])
    return bound.first { TemplateText.isTemplate($0) }.map {
      OperationFault(
        .filledInLater,
        "'\($0)' is filled in later, but a ciphertext is bound to the final name",
        file: file, at: location)
    }
  }
}
