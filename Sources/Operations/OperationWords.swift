/// What to do about the faults of operations, with the names of the options.

internal import Manifests
package import Reporting
internal import SecretIO

extension CommandError {
  /// - Parameter input: the input file of the operation.
  init(_ fault: OperationFault, input: String, consequence: String? = nothingWritten) {
    self.init(
      [fault.diagnostic(input: input)], consequence: consequence,
      status: fault.code == .kubesealPanics ? OperationFault.panicStatus : 1)
  }

  init(_ faults: OperationFaults, input: String, consequence: String? = nothingWritten) {
    self.init(faults.faults.map { $0.diagnostic(input: input) }, consequence: consequence)
  }
}

extension OperationFault {
  /// The fault as a message with its place and its hint.
  ///
  /// - Parameter input: the input file of the operation, for a fault that names none.
  package func diagnostic(input: String) -> Diagnostic {
    let message =
      switch code {
      case .noData: message + "; pass \(CLI.allowEmptyData) to seal it"
      case .otherNamespace: message + ", but \(CLI.namespace) is '\(detail)'"
      case .cannotMove:
        "\(CLI.toNamespace) and \(CLI.toName) move only one SealedSecret: " + message
      default: message
      }
    return Diagnostic(
      message, hint: hint ?? remedy, file: PlainFile.name(file ?? input), location: location)
  }

  private var remedy: String {
    switch code {
    case .unreadable, .noSecret, .noData, .targetUnreadable, .noSealedSecret:
      "correct the file and run the command again"
    case .noName: "add it to the file, or pass \(CLI.name)"
    case .otherNamespace: "omit \(CLI.namespace), or make them equal"
    case .noNamespace: "add it to the file, or pass \(CLI.namespace); the ciphertext is bound to it"
    case .filledInLater:
      "write the name and the namespace that it will have, or seal it with the scope cluster-wide, which is bound to neither"
    case .severalDocuments, .kubesealScope, .kubesealPanics:
      "use moltseal merge \(CLI.cert) FILE \(detail), which does it right"
    case .noSuchTarget: "it has: \(detail)"
    case .severalTargets: "add the namespace"
    case .targetNamespace: "omit \(CLI.namespace): the target's own is used"
    case .targetScope: "omit \(CLI.scope): a merge keeps the target's scope; reseal changes it"
    case .targetLacksNamespace: "add it to the file; the ciphertext is bound to it"
    case .repeatedKey: "keep only the right one"
    case .notEditable: "write that part as a plain block, or into a new file"
    case .cannotBeOpened, .notMeant: detail
    case .notRendered: "ask the controller, or remove that part"
    case .cannotMove: "pass one file with one document"
    case .notUTF8: "use another filter, or another value"
    case .tooLong: "make them shorter, or split the Secret"
    case .outputElsewhere: "set 'output' to a folder below the kustomization"
    case .switchUnclear:
      "name the role's Secret in env with secretKeyRef, or keep that list in one file"
    case .nothingToSwitch:
      "name one of them in the pods (secretKeyRef, envFrom or a volume), and run the command again"
    case .kustomizationNotEditable:
      "remove the entries of \(detail) by hand, add the sealed files to resources, and run the command again"
    }
  }
}
