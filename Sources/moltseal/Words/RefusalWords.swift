/// What a person reads of the refusals of a plan, and what to do about each.

internal import Kubernetes
internal import Planning
internal import YAML

extension Refusal {
  var diagnostic: Diagnostic {
    let (message, hint) = reason.words
    return Diagnostic(
      message, hint: hint, file: file ?? LoadedWorkspace.fileName, location: location)
  }
}

extension Refusal.Reason {
  var words: (message: String, hint: String) {
    switch self {
    case .unknownCredential(let name, let known):
      (
        "no credential is named '\(name)'\(nearest(to: name, among: known))",
        "the workspace has: \(known.joined(separator: ", "))"
      )
    case .neverSealed(let name):
      (
        "'\(name)' was never sealed, so nothing of it can have leaked",
        "leave it out; the next run without --compromised seals it"
      )
    case .unusedCredential(let name):
      ("no template uses '\(name)', so there is nothing to seal", "leave it out")
    case .unknownSecretName(let name, let field, let environment, let known):
      (
        "\(field) of '\(environment)' names '\(name)', which no template has\(nearest(to: name, among: known))",
        "the templates have: \(known.joined(separator: ", "))"
      )
    case .lockMissing(let sealed, let lock, let supplied):
      (
        "'\(sealed)' stands here, but its lock file '\(lock)' does not",
        "get the lock file back from git; or give everything new values: moltseal rotate --all\(supplied.isEmpty ? "" : " --only " + supplied.joined(separator: " "))"
      )
    case .liveWithoutLock(let sealed, let lock, let environment):
      (
        "'\(sealed)' stands here without its lock file '\(lock)', and '\(environment)' is deployed: what is sealed there is live, and would be replaced",
        "get the lock file back from git; if another tool sealed it, set 'deployed: false' where nothing runs yet, otherwise its live values have to be adopted first"
      )
    case .liveUnknown(let key, let secret, let environment):
      (
        "'\(key)' of '\(secret)' is sealed there and unknown to the lock file, and '\(environment)' is deployed: what is live would be replaced",
        "take the lock file from the same commit; if another tool sealed it, its live value has to be adopted first, or the item taken out of the file"
      )
    case .supplyMissing(let credential, let variable):
      (
        "credential '\(credential)' is supplied, and no value for it was given",
        "set \(variable), or pass --supply \(credential)=@FILE"
      )
    case .scopeTooWide(let secret, let asked, let allowed):
      (
        "the template asks for scope \(asked.rawValue), the environment allows \(allowed.rawValue)",
        "take the annotation out, or set scopes: {\(secret): \(asked.rawValue)}"
      )
    case .otherNamespace(let template, let environment, let name):
      (
        "the template says namespace '\(template)', environment '\(name)' says '\(environment)'",
        "let both be the same, or leave one out"
      )
    case .noNamespace(let secret):
      (
        "Secret '\(secret)' has no namespace, and is sealed for one",
        "set metadata.namespace, or namespace of the environment"
      )
    case .cannotStay(let key, let secret, let fault, let credentials):
      (
        "'\(key)' of '\(secret)' cannot be kept: \(fault.words)",
        "\(fault.remedy)its plaintext is not known here; seal it anew: moltseal rotate --only \(credentials.joined(separator: " "))"
      )
    case .valueUnknown(let key, let secret, let credentials, let renewed):
      (
        "'\(key)' of '\(secret)' needs the value of '\(credentials.joined(separator: "', '"))' too, which is not known here",
        "name all of them: moltseal rotate --only \((renewed + credentials).joined(separator: " "))"
      )
    case .previousCannotStay(let key, let secret, let fault, let credential):
      (
        "'\(key)' of '\(secret)' cannot be kept: \(fault.words)",
        "\(fault.remedy)drop it: moltseal rotate --compromised \(credential)"
      )
    case .cannotBecomePrevious(let key, let previous, let secret, let fault, let credential):
      (
        "'\(key)' of '\(secret)' cannot become '\(previous)': \(fault.words)",
        "\(fault.remedy)leave the old value out: moltseal rotate --compromised \(credential)"
      )
    case .cannotBecomeCurrent(let key, let current, let secret, let fault, let credential):
      (
        "'\(key)' of '\(secret)' cannot become '\(current)': \(fault.words)",
        "\(fault.remedy)make both anew, which ends every token: moltseal rotate --compromised \(credential)"
      )
    case .withoutNext(let key, let secret, let credential, true):
      (
        "'\(key)' of '\(secret)' is made of '\(credential)', which has a next key: at the rotation a ciphertext can be moved whole, and no text around it",
        "let the application make this text of the key; or take ${\(credential).next} out of the templates, and each rotation changes the key at once"
      )
    case .withoutNext(let key, let secret, let credential, false):
      (
        "'\(key)' of '\(secret)' holds '\(credential)', and its next key does not stand beside it to take its place",
        "add a key with ${\(credential).next} and one with ${\(credential).previous} to this Secret"
      )
    case .previousStillLives(let key, let secret, let credential, let gates):
      (
        "'\(key)' of '\(secret)' has no template any more, and goes only when nothing signs with the previous '\(credential)' and no token of it lives (\(gates.map(\.answer.reason).joined(separator: "; ")))",
        "put it back until it is retired, or let it look: --live, or --evidence FILE of moltseal live"
      )
    case .cannotFollow(let key, let secret, let credential):
      (
        "'\(key)' of '\(secret)' is new, and the value of '\(credential)' that is in use is not known here",
        "use the Secret that has it; or give this one a credential of its own, and move what reads it"
      )
    case .gateClosed(let credential, let step, let gates, let hasSettle):
      (
        "'\(credential)' cannot take its next step (\(step.name)) yet: "
          + gates.map {
            "it is \($0.answer.kind == .no ? "not so" : "not known") that \($0.gate.words) (\($0.answer.reason))"
          }.joined(separator: "; "),
        gates.contains { $0.answer.kind == .unknown }
          ? "let it look: --live, or --evidence FILE of moltseal live; where nobody can, \(hasSettle ? "" : "set settle in moltseal.yml and pass ")--assume-live"
          : "wait, and run it again; moltseal live shows how far it is"
      )
    case .roleGone(let credential, let role, let roles):
      (
        "the lock file has role '\(role)' of '\(credential)' in use, and its roles are now \(roles.joined(separator: " and "))",
        "take the roles back; to replace one, change the one that is not in use"
      )
    }
  }
}

extension CarryFault {
  fileprivate var words: String {
    switch self {
    case .notSealedYet: "it is not sealed yet"
    case .lost(let path):
      "the lock file knows it, but '\(path)' does not have it (was the file renamed, or the item lost in a merge?)"
    case .unknownToLock: "the lock file does not know it"
    case .otherExpression(let text): "its expression was '\(text)'"
    case .otherScope(let scope): "it was sealed \(scope.rawValue)"
    case .otherCiphertext: "its ciphertext is not the one in the lock file"
    case .otherRotation(let credential, let rotation, let last):
      "it holds '\(credential)' of rotation \(rotation), but the last one is \(last)"
    case .otherKey(let fingerprint):
      "it was sealed for \(fingerprint), which is not among the fingerprints"
    }
  }

  /// What can be tried before the value is given up.
  fileprivate var remedy: String {
    switch self {
    case .otherCiphertext:
      "take file and lock file from one commit; a re-encryption keeps both in step where it gets the file with -f or as --re-encrypt's input and output; else "
    case .otherKey:
      "pin that key again (moltseal cert pin) while the controller has it, or seal the same values for the new one with its private key (moltseal reseal); else "
    default: ""
    }
  }
}
