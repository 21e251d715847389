/// A Secret that an adoption takes over, as it is built now.

internal import Kubernetes
internal import Rules
internal import Reporting
internal import Secrets
internal import Text

struct Adoptable {
  let wanted: LiveSecrets.Wanted
  let object: BuiltObject
  let target: SealedTarget
  /// The kustomization that builds it.
  let path: String

  /// Returns the Secrets of a build that sealed ones will replace.
  static func secrets(of context: KustomizationContext, in build: Build) -> [Adoptable] {
    build.secrets.compactMap { Adoptable($0, of: context) }
  }

  /// Returns nil for an object that no sealed one will replace.
  init?(_ object: BuiltObject, of context: KustomizationContext) {
    let names = [object.identity.name, BuiltName.withoutHash(object.identity.name)]
    let target = names.lazy.compactMap { name in
      context.targets.first { target in
        target.builtName === name ?? ""
          && (object.identity.namespace == nil || target.namespace == nil
            || target.namespace === object.identity.namespace)
      }
    }.first
    guard let target else { return nil }
    wanted = LiveSecrets.Wanted(
      name: target.builtName, namespace: target.namespace, liveName: object.identity.name)
    (self.object, self.target, path) = (object, target, context.path)
  }

  /// Whether its name ends with a hash, so that the sealed Secret is another object.
  var isHashed: Bool { wanted.liveName !== wanted.name }

  /// Whether it has the annotations that the first step adds.
  var isPrepared: Bool {
    SecretOwnership.preparation.allSatisfy { wanted in
      object.annotations.contains { $0.key === wanted.key && $0.value === wanted.value }
    }
  }

  /// Returns why it cannot be taken over as it is.
  ///
  /// - Parameter live: what runs now; nil if nobody has looked.
  /// - Parameter progress: how far the adoption has got.
  func refusals(_ live: AdoptedValues?, _ progress: AdoptionProgress) -> [Diagnostic] {
    let ofBuild = refusalsOfBuild
    guard let live else { return ofBuild }
    guard live.has(wanted.name, namespace: wanted.namespace) else {
      return ofBuild + [
        refusal(
          "Secret '\(name)' is not among the live Secrets",
          "provide all of them: kubectl get secret -n \(wanted.namespace ?? "NAMESPACE") -o json")
      ]
    }
    return ofBuild + refusalsOfObject(live) + refusalsOfOwner(live, progress) + refusalsOfKeys(live)
  }

  private var name: String { wanted.liveName }

  private func refusal(_ message: String, _ hint: String) -> Diagnostic {
    Diagnostic(message, hint: hint, file: path)
  }

  /// What the build alone tells.
  private var refusalsOfBuild: [Diagnostic] {
    var found: [Diagnostic] = []
    if !isHashed, object.isImmutable {
      found.append(
        refusal(
          "'\(name)' is immutable, so nothing can change it",
          "recreate it without immutable: true first; its pods then read it again"))
    }
    if object.type != target.type {
      found.append(
        refusal(
          "'\(name)' has type \(object.type), but its template has type \(target.type); the type of a Secret cannot be changed",
          "give the template the type \(object.type)"))
    }
    return found
  }

  /// What the controller could not change in the live Secret.
  private func refusalsOfObject(_ live: AdoptedValues) -> [Diagnostic] {
    var found: [Diagnostic] = []
    if isHashed, live.hasForeign(wanted.name, namespace: wanted.namespace) {
      found.append(
        refusal(
          "a live Secret '\(wanted.name)' exists already and is not managed, so the controller could not overwrite it",
          "find out who owns it; then delete it, or annotate it with \(SecretOwnership.managed): \"true\""
        ))
    }
    if !isHashed, !object.isImmutable, live.isImmutable(wanted.name, namespace: wanted.namespace) {
      found.append(
        refusal(
          "the live Secret '\(name)' is immutable, so nothing can change it",
          "recreate it without immutable: true first; its pods then read it again"))
    }
    if !isHashed, let type = live.type(of: wanted.name, namespace: wanted.namespace),
      type != target.type, object.type == target.type
    {
      found.append(
        refusal(
          "the live Secret '\(name)' has type \(type), but its template has type \(target.type); the type of a Secret cannot be changed",
          "give the template the type \(type), or delete the live Secret and let the last commit recreate it"
        ))
    }
    return found
  }

  /// Whether the controller may take the live Secret over.
  private func refusalsOfOwner(
    _ live: AdoptedValues, _ progress: AdoptionProgress
  ) -> [Diagnostic] {
    let managed = live.annotation(
      SecretOwnership.managed, of: wanted.name, namespace: wanted.namespace)
    guard progress == .prepared, managed != "true" else { return [] }
    return [
      refusal(
        "the live Secret '\(name)' does not have the annotation \(SecretOwnership.managed) yet, so the controller would not take it over",
        "wait until the cluster has the preparation commit")
    ]
  }

  /// Keys that would be lost, or made from nothing.
  private func refusalsOfKeys(_ live: AdoptedValues) -> [Diagnostic] {
    func list(_ keys: Set<Name>) -> String {
      keys.map(\.text).sorted().map { "'\($0)'" }.joined(separator: ", ")
    }
    var found: [Diagnostic] = []
    let keys = Set(live.keys(of: wanted.name, namespace: wanted.namespace).map { Name($0) })
    let added = keys.subtracting(target.keys)
    if !added.isEmpty {
      found.append(
        refusal(
          "the live Secret '\(name)' has keys that \(target.template) lacks, so they would be removed: \(list(added))",
          "add these keys to the template"))
    }
    let foreign = keys.intersection(target.keys).subtracting(object.keys)
    if !foreign.isEmpty {
      found.append(
        refusal(
          "the live Secret '\(name)' has keys that are not built here, and only built keys are adopted: \(list(foreign))",
          "add these keys to the build first, or remove them from \(target.template)"))
    }
    let gone = object.keys.subtracting(keys)
    if !gone.isEmpty {
      found.append(
        refusal(
          "the live Secret '\(name)' lacks keys that are built here: \(list(gone))",
          "wait until the cluster has the last commit"))
    }
    return found
  }
}

/// How far an adoption has got before this run.
enum AdoptionProgress {
  /// The first step is still to be taken.
  case notPrepared
  /// The first step has been taken, so that the live Secrets must have its annotations.
  case prepared
}
