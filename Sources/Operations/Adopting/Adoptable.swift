/// A Secret that an adoption takes over, as it is built now.

internal import Kubernetes
internal import Manifests
internal import Preflight
internal import Reporting
internal import Secrets
internal import Text
internal import YAML

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
  /// - Parameter isPrepared: whether the first step has been taken, so that the live Secret must
  ///   have its annotations.
  func refusals(_ live: AdoptedValues?, isPrepared: Bool) -> [Diagnostic] {
    var found: [Diagnostic] = []
    func refuse(_ message: String, _ hint: String) {
      found.append(Diagnostic(message, hint: hint, file: path))
    }
    let name = wanted.liveName
    if !isHashed, object.isImmutable {
      refuse(
        "'\(name)' is immutable, so nothing can change it",
        "recreate it without immutable: true first; its pods then read it again")
    }
    if object.type != target.type {
      refuse(
        "'\(name)' has type \(object.type), but its template has type \(target.type); the type of a Secret cannot be changed",
        "give the template the type \(object.type)")
    }
    guard let live else { return found }
    guard live.has(wanted.name, namespace: wanted.namespace) else {
      refuse(
        "Secret '\(name)' is not among the live Secrets",
        "provide all of them: kubectl get secret -n \(wanted.namespace ?? "NAMESPACE") -o json")
      return found
    }
    if isHashed, live.hasForeign(wanted.name, namespace: wanted.namespace) {
      refuse(
        "a live Secret '\(wanted.name)' exists already and is not managed, so the controller could not overwrite it",
        "find out who owns it; then delete it, or annotate it with \(SecretOwnership.managed): \"true\""
      )
    }
    if !isHashed, !object.isImmutable, live.isImmutable(wanted.name, namespace: wanted.namespace) {
      refuse(
        "the live Secret '\(name)' is immutable, so nothing can change it",
        "recreate it without immutable: true first; its pods then read it again")
    }
    if !isHashed, let type = live.type(of: wanted.name, namespace: wanted.namespace),
      type != target.type, object.type == target.type
    {
      refuse(
        "the live Secret '\(name)' has type \(type), but its template has type \(target.type); the type of a Secret cannot be changed",
        "give the template the type \(type), or delete the live Secret and let the last commit recreate it"
      )
    }
    let managed = live.annotation(
      SecretOwnership.managed, of: wanted.name, namespace: wanted.namespace)
    if isPrepared, managed != "true" {
      refuse(
        "the live Secret '\(name)' does not have the annotation \(SecretOwnership.managed) yet, so the controller would not take it over",
        "wait until the cluster has the preparation commit")
    }
    let keys = Set(live.keys(of: wanted.name, namespace: wanted.namespace).map(ByBytes.init))
    let added = keys.subtracting(target.keys).map(\.text).sorted()
    if !added.isEmpty {
      refuse(
        "the live Secret '\(name)' has keys that \(target.template) lacks, so they would be removed: \(added.map { "'\($0)'" }.joined(separator: ", "))",
        "add these keys to the template")
    }
    let foreign = keys.intersection(target.keys).subtracting(object.keys).map(\.text).sorted()
    if !foreign.isEmpty {
      refuse(
        "the live Secret '\(name)' has keys that are not built here, and only built keys are adopted: \(foreign.map { "'\($0)'" }.joined(separator: ", "))",
        "add these keys to the build first, or remove them from \(target.template)")
    }
    let gone = object.keys.subtracting(keys).map(\.text).sorted()
    if !gone.isEmpty {
      refuse(
        "the live Secret '\(name)' lacks keys that are built here: \(gone.map { "'\($0)'" }.joined(separator: ", "))",
        "wait until the cluster has the last commit")
    }
    return found
  }
}
