/// One Secret that an adoption takes over, as it is built now.

internal import Kubernetes
internal import Manifests
internal import Preflight
internal import Secrets
internal import Text
internal import YAML

struct Adoptable {
  let wanted: LiveSecrets.Wanted
  let object: BuiltObject
  let target: SealedTarget
  /// The kustomization that builds it.
  let path: String

  /// The Secrets of a build in whose place sealed ones come.
  static func secrets(of context: KustomizationContext, in build: Build) -> [Adoptable] {
    build.secrets.compactMap { Adoptable($0, of: context) }
  }

  /// Nil for an object in whose place nothing comes.
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

  /// Whether its name ends with a hash, so that the sealed one is another Secret.
  var isHashed: Bool { wanted.liveName !== wanted.name }

  /// Whether it carries what the first step gives it.
  var isPrepared: Bool {
    SecretOwnership.preparation.allSatisfy { wanted in
      object.annotations.contains { $0.key === wanted.key && $0.value === wanted.value }
    }
  }

  /// Why it cannot be taken over as it is.
  ///
  /// - Parameter isPrepared: whether the first step has been taken, so that the live one has to show it.
  func refusals(_ live: AdoptedValues?, isPrepared: Bool) -> [Diagnostic] {
    var found: [Diagnostic] = []
    func refuse(_ message: String, _ hint: String) {
      found.append(Diagnostic(message, hint: hint, file: path))
    }
    let name = wanted.liveName
    if !isHashed, object.isImmutable {
      refuse(
        "'\(name)' is immutable, and nothing may write it",
        "make it anew without immutable: true first; its pods read it once more then")
    }
    if object.type != target.type {
      refuse(
        "'\(name)' is \(object.type) and its template makes \(target.type); the type of a Secret cannot be changed",
        "give the template the type \(object.type)")
    }
    guard let live else { return found }
    guard live.has(wanted.name, namespace: wanted.namespace) else {
      refuse(
        "the Secret '\(name)' is not among the live ones",
        "give all of them: kubectl get secret -n \(wanted.namespace ?? "NAMESPACE") -o json")
      return found
    }
    if isHashed, live.hasForeign(wanted.name, namespace: wanted.namespace) {
      refuse(
        "there is a live Secret '\(wanted.name)' already, which is not managed: the sealed one could not be written over it",
        "find out whose it is; delete it, or annotate it with \(SecretOwnership.managed): \"true\"")
    }
    if !isHashed, !object.isImmutable, live.isImmutable(wanted.name, namespace: wanted.namespace) {
      refuse(
        "the live Secret '\(name)' is immutable, and nothing may write it",
        "make it anew without immutable: true first; its pods read it once more then")
    }
    if !isHashed, let type = live.type(of: wanted.name, namespace: wanted.namespace),
      type != target.type, object.type == target.type
    {
      refuse(
        "the live Secret '\(name)' is \(type) and its template makes \(target.type); the type of a Secret cannot be changed",
        "give the template the type \(type), or delete the live Secret and let the last commit make it anew"
      )
    }
    let managed = live.annotation(
      SecretOwnership.managed, of: wanted.name, namespace: wanted.namespace)
    if isPrepared, managed != "true" {
      refuse(
        "the live Secret '\(name)' does not carry \(SecretOwnership.managed) yet, so the controller would not take it over",
        "let the commit of the preparation reach the cluster first")
    }
    let keys = Set(live.keys(of: wanted.name, namespace: wanted.namespace).map(ByBytes.init))
    let added = keys.subtracting(target.keys).map(\.text).sorted()
    if !added.isEmpty {
      refuse(
        "the live Secret '\(name)' has \(added.map { "'\($0)'" }.joined(separator: ", ")), which \(target.template) has not: they would go",
        "give the template the same keys")
    }
    let foreign = keys.intersection(target.keys).subtracting(object.keys).map(\.text).sorted()
    if !foreign.isEmpty {
      refuse(
        "the live Secret '\(name)' has \(foreign.map { "'\($0)'" }.joined(separator: ", ")), which is not built here: only what the build has is adopted",
        "build the same keys here first, or take them out of \(target.template)")
    }
    let gone = object.keys.subtracting(keys).map(\.text).sorted()
    if !gone.isEmpty {
      refuse(
        "the live Secret '\(name)' lacks \(gone.map { "'\($0)'" }.joined(separator: ", ")), which is built here",
        "let the last commit reach the cluster first")
    }
    return found
  }
}
