/// What an operation cannot do: a code, what is wrong, and where.

internal import Kubernetes
internal import Manifests
internal import Preflight
package import YAML

/// One fault.
///
/// What to do about it is the shell's to say: it knows the options.
package struct OperationFault: Error, Sendable {
  package enum Code: String, Sendable, CaseIterable {
    // Plain Secrets.
    case unreadable, noSecret, noData, noName, otherNamespace, noNamespace, filledInLater
    // A file of SealedSecrets.
    case targetUnreadable, noSealedSecret, severalDocuments, noSuchTarget, severalTargets
    case targetNamespace, targetScope, targetLacksNamespace, repeatedKey, notEditable
    /// kubeseal would make an item that nobody can open, or panics.
    case kubesealScope, kubesealPanics
    // Ciphertexts.
    case cannotBeOpened, notRendered, cannotMove
    // Values.
    case notUTF8, tooLong
    /// A value that nobody means, or that the type of its Secret does not take.
    case notMeant
    // A run.
    case outputElsewhere, kustomizationNotEditable, nothingToSwitch, switchUnclear
  }

  package let code: Code
  package let message: String
  /// What the remedy has to name: the targets that are there, for instance.
  package let detail: String
  /// What to do about it, where that is the same whoever asked; nil where the shell says it.
  package let hint: String?
  /// The file, as the caller called it; nil for the input.
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

  package init(_ code: Code, _ error: YAMLError, file: String? = nil) {
    self.init(code, error.message, hint: error.hint, file: file, at: error.location)
  }

  package init(_ refusal: EditRefusal, file: String?) {
    self.init(
      .notEditable, "cannot be edited here: \(refusal.message)", file: file,
      at: refusal.location)
  }
}

/// Several faults of one operation, which did nothing.
package struct OperationFaults: Error, Sendable {
  package let faults: [OperationFault]
}

extension OperationFault {
  /// A kustomization that cannot be edited; a person takes the entries out by hand.
  init(_ refusal: EditRefusal, of context: KustomizationContext) {
    self.init(
      .kustomizationNotEditable, "cannot be edited here: \(refusal.message)",
      detail: context.entriesToRemove.map(\.name).joined(separator: ", "), file: context.path,
      at: refusal.location)
  }
}

extension OperationFault {
  /// The fault of a name or a namespace that a ciphertext is bound to, and that something else fills in: Flux and
  /// others do it after the seal, and then nothing opens it; nil where there is none.
  static func filledInLater(
    _ scope: Scope, name: String, namespaces: [String], file: String? = nil, at location: Location
  ) -> OperationFault? {
    guard scope != .clusterWide else { return nil }
    let bound = namespaces + (scope == .strict ? [name] : [])
    return bound.first { TemplateText.isTemplate($0) }.map {
      OperationFault(
        .filledInLater,
        "'\($0)' is filled in later, and a ciphertext is bound to the name that it will be",
        file: file, at: location)
    }
  }
}
