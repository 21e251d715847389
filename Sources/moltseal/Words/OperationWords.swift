/// What to do about the faults of operations: here options have their names.

internal import Operations
internal import YAML

extension CommandError {
  /// - Parameter input: the file that the operation took its input from.
  init(_ fault: OperationFault, input: String, consequence: String? = nothingWritten) {
    self.init(
      [fault.diagnostic(input: input)], consequence: consequence,
      status: fault.code == .kubesealPanics ? KubesealCommand.panicStatus : 1)
  }

  init(_ faults: OperationFaults, input: String, consequence: String? = nothingWritten) {
    self.init(faults.faults.map { $0.diagnostic(input: input) }, consequence: consequence)
  }
}

extension OperationFault {
  func diagnostic(input: String) -> Diagnostic {
    let message =
      switch code {
      case .noData: message + "; --allow-empty-data seals it so"
      case .otherNamespace: message + ", but --namespace says '\(detail)'"
      case .cannotMove: "--to-namespace and --to-name move one SealedSecret: " + message
      default: message
      }
    return Diagnostic(
      message, hint: hint ?? remedy, file: PlainFile.name(file ?? input), location: location)
  }

  private var remedy: String {
    switch code {
    case .unreadable, .noSecret, .noData, .targetUnreadable, .noSealedSecret:
      "correct the file there and run the command again"
    case .noName: "write it there, or give --name"
    case .otherNamespace: "leave --namespace out, or make them equal"
    case .noNamespace: "write it there, or give --namespace: the ciphertext is bound to it"
    case .filledInLater:
      "write the name and the namespace that it will have, or seal it cluster-wide: the scope cluster-wide is bound to neither"
    case .severalDocuments, .kubesealScope, .kubesealPanics:
      "moltseal merge --cert FILE \(detail) does it right"
    case .noSuchTarget: "it has: \(detail)"
    case .severalTargets: "give the namespace as well"
    case .targetNamespace: "leave --namespace out: the target's own is used"
    case .targetScope: "leave --scope out: a merge keeps the target's scope; reseal changes it"
    case .targetLacksNamespace: "write it there: the ciphertext is bound to it"
    case .repeatedKey: "keep the one that is meant"
    case .notEditable: "write that part as a plain block, or into a new file"
    case .cannotBeOpened, .notMeant: detail
    case .notRendered: "ask the controller, or take that part out"
    case .cannotMove: "name the file of one, with one document"
    case .notUTF8: "use another filter, or another value"
    case .tooLong: "make them shorter, or split the Secret"
    case .outputElsewhere: "let 'output' be a folder beneath the kustomization"
    case .switchUnclear:
      "name the role's Secret in env with secretKeyRef, or have that list in one file alone"
    case .nothingToSwitch:
      "let the pods name one of them (secretKeyRef, envFrom or a volume), and run the command again"
    case .kustomizationNotEditable:
      "take the entries of \(detail) out by hand, add the sealed files to resources, and run the command again"
    }
  }
}
