/// The errors for the refusals of a plan, and what to do about each.

internal import Kubernetes
internal import Planning
package import Reporting
internal import Workspace
internal import YAML

extension Refusal {
  /// The refusal as a message with its place and its hint.
  package var diagnostic: Diagnostic {
    let (message, hint) = reason.words
    return Diagnostic(
      message, hint: hint, file: file ?? Workspace.fileName, location: location)
  }
}

extension Refusal.Reason {
  /// What cannot be done and why, and what to do instead.
  package var words: (message: String, hint: String) {
    switch self {
    case .unknownCredential(let name, let known):
      (
        "no credential is named '\(name)'\(nearest(to: name, among: known))",
        "the workspace has: \(known.joined(separator: ", "))"
      )
    case .neverSealed(let name):
      (
        "'\(name)' was never sealed, so it cannot have leaked",
        "leave it out; the next run without \(CLI.compromised) seals it"
      )
    case .unusedCredential(let name):
      ("no template uses '\(name)', so there is nothing to seal", "leave it out")
    case .unknownSecretName(let name, let field, let environment, let known):
      (
        "\(field) of '\(environment)' names '\(name)', which is in no template\(nearest(to: name, among: known))",
        "the templates have: \(known.joined(separator: ", "))"
      )
    case .lockMissing(let sealed, let lock, let supplied):
      (
        "'\(sealed)' exists, but its lock file '\(lock)' does not",
        "restore the lock file from git; or give everything new values: moltseal rotate \(CLI.all)\(supplied.isEmpty ? "" : " \(CLI.only) " + supplied.joined(separator: " "))"
      )
    case .liveWithoutLock(let sealed, let lock, let environment):
      (
        "'\(sealed)' exists without its lock file '\(lock)', and '\(environment)' is deployed: the sealed values are live, and would be replaced",
        "restore the lock file from git; if another tool sealed it, set 'deployed: false' if nothing runs yet, otherwise adopt its live values first"
      )
    case .liveUnknown(let key, let secret, let environment):
      (
        "'\(key)' of '\(secret)' is sealed but not in the lock file, and '\(environment)' is deployed: the live value would be replaced",
        "use the lock file of the same commit; if another tool sealed it, adopt its live value first, or remove the item from the file"
      )
    case .supplyMissing(let credential, let variable):
      (
        "credential '\(credential)' is supplied, but no value was given for it",
        "set \(variable), or pass \(CLI.supply) \(credential)=@FILE"
      )
    case .scopeTooWide(let secret, let asked, let allowed):
      (
        "the template asks for scope \(asked.rawValue), but the environment allows \(allowed.rawValue)",
        "remove the annotation, or set scopes: {\(secret): \(asked.rawValue)}"
      )
    case .otherNamespace(let template, let environment, let name):
      (
        "the template has namespace '\(template)', but environment '\(name)' has '\(environment)'",
        "make both the same, or remove one"
      )
    case .noNamespace(let secret):
      (
        "Secret '\(secret)' has no namespace, but is sealed for one",
        "set metadata.namespace, or the environment's namespace"
      )
    case .cannotStay(let key, let secret, let fault, let credentials):
      (
        "'\(key)' of '\(secret)' cannot be kept: \(fault.words)",
        "\(fault.remedy)give it a new value, because its plaintext is not known here: moltseal rotate \(CLI.only) \(credentials.joined(separator: " "))"
      )
    case .valueUnknown(let key, let secret, let credentials, let renewed):
      (
        "'\(key)' of '\(secret)' also needs the value of '\(credentials.joined(separator: "', '"))', which is not known here",
        "renew all of them: moltseal rotate \(CLI.only) \((renewed + credentials).joined(separator: " "))"
      )
    case .previousCannotStay(let key, let secret, let fault, let credential):
      (
        "'\(key)' of '\(secret)' cannot be kept: \(fault.words)",
        "\(fault.remedy)drop it: moltseal rotate \(CLI.compromised) \(credential)"
      )
    case .cannotBecomePrevious(let key, let previous, let secret, let fault, let credential):
      (
        "'\(key)' of '\(secret)' cannot become '\(previous)': \(fault.words)",
        "\(fault.remedy)drop the old value: moltseal rotate \(CLI.compromised) \(credential)"
      )
    case .cannotBecomeCurrent(let key, let current, let secret, let fault, let credential):
      (
        "'\(key)' of '\(secret)' cannot become '\(current)': \(fault.words)",
        "\(fault.remedy)renew both, which ends every token: moltseal rotate \(CLI.compromised) \(credential)"
      )
    case .withoutNext(let key, let secret, let credential, true):
      (
        "'\(key)' of '\(secret)' is derived from '\(credential)', which has a next key: a rotation can only move a whole ciphertext, not a text made of it",
        "let the application make this text from the key; or remove ${\(credential).next} from the templates, so that each rotation changes the key at once"
      )
    case .withoutNext(let key, let secret, let credential, false):
      (
        "'\(key)' of '\(secret)' has '\(credential)', but its next key is not in the same Secret to replace it",
        "add a key with ${\(credential).next} and one with ${\(credential).previous} to this Secret"
      )
    case .previousStillLives(let key, let secret, let credential, let gates):
      (
        "'\(key)' of '\(secret)' is no longer in a template, and is only removed when nothing signs with the previous '\(credential)' and no token of it is valid (\(gates.map(\.answer.reason).joined(separator: "; ")))",
        "put it back until it is retired, or run with \(CLI.live), or with \(CLI.evidence) FILE (from moltseal live \(CLI.format) json)"
      )
    case .cannotFollow(let key, let secret, let credential):
      (
        "'\(key)' of '\(secret)' is new, but the current value of '\(credential)' is not known here",
        "use the Secret that has it; or give this one its own credential, and switch what reads it"
      )
    case .gateClosed(let credential, let step, let gates, let hasSettle):
      (
        "'\(credential)' cannot take its next step (\(step.name)) yet: "
          + gates.map {
            "it is \($0.answer.kind == .no ? "not yet true" : "not known") that \($0.gate.words) (\($0.answer.reason))"
          }.joined(separator: "; "),
        gates.contains { $0.answer.kind == .unknown }
          ? "run with \(CLI.live), or with \(CLI.evidence) FILE (from moltseal live \(CLI.format) json); if the cluster cannot be reached, \(hasSettle ? "" : "set settle in moltseal.yml and pass ")\(CLI.assumeLive)"
          : "wait, and run it again; moltseal live shows the progress"
      )
    case .roleGone(let credential, let role, let roles):
      (
        "the lock file says that role '\(role)' of '\(credential)' is in use, but its roles are now \(roles.joined(separator: " and "))",
        "restore the roles; to replace one, change the one that is not in use"
      )
    }
  }
}

extension CarryFault {
  fileprivate var words: String {
    switch self {
    case .notSealedYet: "it is not sealed yet"
    case .lost(let path):
      "it is in the lock file, but not in '\(path)' (was the file renamed, or the item lost in a merge?)"
    case .unknownToLock: "it is not in the lock file"
    case .otherExpression(let text): "its expression in the lock file is '\(text)'"
    case .otherScope(let scope): "it was sealed with scope \(scope.rawValue)"
    case .otherCiphertext: "its ciphertext differs from the lock file"
    case .otherRotation(let credential, let rotation, let last):
      "it has '\(credential)' of rotation \(rotation), but the last one is \(last)"
    case .otherKey(let fingerprint):
      "it was sealed for \(fingerprint), which is not among the fingerprints"
    }
  }

  /// What to try before giving up the value.
  fileprivate var remedy: String {
    switch self {
    case .otherCiphertext:
      "use the file and the lock file of one commit (a re-encryption updates both if it gets the file with -f, or as \(CLI.reEncrypt)'s input and output); otherwise "
    case .otherKey:
      "pin that key again (moltseal cert pin) while the controller has it, or seal the same values for the new one with its private key (moltseal reseal); otherwise "
    default: ""
    }
  }
}
