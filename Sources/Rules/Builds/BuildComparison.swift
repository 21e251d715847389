/// Compares a build before and after its Secrets become SealedSecrets.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

/// What a run writes into a kustomization, and so may change in its build.
package struct WrittenByRun: Sendable {
  /// The Secrets that are sealed.
  let targets: [SealedTarget]
  /// The keys that the plan omits, by the built name of their Secret.
  let omitted: [Name: Set<Name>]
  /// The names of the Secrets between which consumers are switched.
  let roles: Set<Name>
  /// The ConfigMaps that the run publishes, by name.
  let published: Set<Name>
  /// The SealedSecrets as written to their files.
  let written: SealedAsBuilt

  package init(
    targets: [SealedTarget], omitted: [String: [String]] = [:], roles: [String] = [],
    published: [String] = [], written: SealedAsBuilt = SealedAsBuilt()
  ) {
    self.targets = targets
    self.omitted = Dictionary(
      omitted.map { (Name($0), Set($1.map { Name($0) })) },
      uniquingKeysWith: { $0.union($1) })
    self.roles = Set(roles.map { Name($0) })
    self.published = Set(published.map { Name($0) })
    self.written = written
  }
}

/// A build as it is now and as it will be.
package struct BuildComparison: Sendable {
  let before: Build
  let after: Build
  let run: WrittenByRun
  /// The path that findings refer to.
  let path: String

  package init(before: Build, after: Build, run: WrittenByRun, path: String) {
    self.before = before
    self.after = after
    self.run = run
    self.path = path
  }

  /// The Secrets that the build will no longer have, each with the SealedSecret that replaces it.
  package var replaced: [(secret: BuiltObject, sealed: BuiltObject?)] {
    before.secrets.filter { after[$0.identity] == nil }.map { secret in
      let name = secret.identity.name
      let candidates = [name, BuiltName.withoutHash(name)].compactMap { $0 }
        .flatMap { after.secrets(named: $0) }
      return (secret, candidates.first { $0.isSealedSecret && stands($0, for: secret) })
    }
  }

  /// A finding for every difference that should not exist.
  package func findings() -> [Finding] {
    objectsLost() + objectsGained() + objectsChanged() + secretsLost() + secretsLeft()
      + referencesLost() + referencesGained() + run.written.findings(in: after, path: path)
  }

  // MARK: Objects

  private func objectsLost() -> [Finding] {
    before.objects.filter { !$0.isSecret && after[$0.identity] == nil }.map { object in
      finding(
        "build-differs", "\(object.identity.words) would no longer be built",
        "inspect a dry run; the cause is a bug in moltseal, or an edit that the run did not make")
    }
  }

  private func objectsGained() -> [Finding] {
    after.objects.filter { object in
      guard before[object.identity] == nil else { return false }
      if object.isSealedSecret {
        return !run.targets.contains {
          $0.builtName === object.identity.name
            && ($0.namespace == nil || object.identity.namespace == nil
              || $0.namespace === object.identity.namespace)
        }
      }
      return
        !(object.identity.kind == "ConfigMap"
        && run.published.contains(Name(object.identity.name)))
    }.map { object in
      object.isSealedSecret
        ? finding(
          "built-name-differs",
          "\(object.identity.words) would be built\(object.identity.namespace.map { " in '\($0)'" } ?? ""), but nothing was sealed for that name and namespace",
          "in the environment, name the kustomization that renames or moves it")
        : finding(
          "build-differs", "\(object.identity.words) would be built, but is not built now",
          "remove what adds it, or add it in a separate commit first")
    }
  }

  private func objectsChanged() -> [Finding] {
    let renamed = Dictionary(
      replaced.compactMap { secret, sealed in
        sealed.map { (Name(secret.identity.name), $0.identity.name) }
      }, uniquingKeysWith: { first, _ in first })
    return after.objects.compactMap { object in
      guard let old = before[object.identity], old.digest != object.digest, !mayChange(object)
      else { return nil }
      let found = TreeDifference(renamed: renamed, roles: run.roles).find(
        Tree(old.root), Tree(object.root))
      // The tree of a Secret that stays does not contain its values.
      guard let difference = found ?? (object.isSecret ? "data" : nil) else { return nil }
      return finding(
        "build-differs", "\(object.identity.words) would change at \(difference)",
        "inspect a dry run; only references to a sealed Secret may change")
    }
  }

  /// Whether a run writes the object.
  private func mayChange(_ object: BuiltObject) -> Bool {
    let name = object.identity.name
    if object.identity.kind == "ConfigMap" { return run.published.contains(Name(name)) }
    return object.isSealedSecret && run.targets.contains { $0.builtName === name }
  }

  // MARK: Secrets

  /// Whether a SealedSecret replaces a Secret, whose name may end with a hash.
  private func stands(_ sealed: BuiltObject, for secret: BuiltObject) -> Bool {
    let (old, new) = (secret.identity, sealed.identity)
    guard old.namespace == nil || new.namespace == nil || old.namespace === new.namespace else {
      return false
    }
    return old.name === new.name || BuiltName.withoutHash(old.name).map { $0 === new.name } ?? false
  }

  private func secretsLost() -> [Finding] {
    replaced.flatMap { secret, sealed -> [Finding] in
      guard let sealed else {
        return [
          finding(
            "secret-lost",
            "\(secret.identity.words) would disappear, and no SealedSecret with its name would replace it",
            "add a template with that name, or list it under keepGenerators")
        ]
      }
      return keysLost(secret, sealed) + metadataLost(secret, sealed)
    }
  }

  /// Secrets that are still built beside their SealedSecret: both would write the same Secret.
  private func secretsLeft() -> [Finding] {
    after.secrets.filter { secret in
      let name = secret.identity.name
      return [name, BuiltName.withoutHash(name)].compactMap { $0 }
        .flatMap { after.secrets(named: $0) }.contains { sealed in
          sealed.isSealedSecret && stands(sealed, for: secret) && mayChange(sealed)
        }
    }.map { secret in
      finding(
        "secret-left",
        "\(secret.identity.words)\(secret.identity.namespace.map { " in '\($0)'" } ?? "") would still be built beside its SealedSecret",
        "find where else it is built, for instance by a base that is included twice, and give each its own environment or target"
      )
    }
  }

  private func keysLost(_ secret: BuiltObject, _ sealed: BuiltObject) -> [Finding] {
    let left = run.omitted[Name(sealed.identity.name)] ?? []
    let missing = secret.keys.subtracting(sealed.keys).subtracting(left)
    guard !missing.isEmpty else { return [] }
    let names = missing.map(\.text).sorted().map(SecretName.quoted).joined(separator: ", ")
    return [
      finding(
        "keys-lost", "\(secret.identity.words) has \(names) now, but its SealedSecret would not",
        "add the keys to its template, or first remove from the generator what production does not need"
      )
    ]
  }

  private func metadataLost(_ secret: BuiltObject, _ sealed: BuiltObject) -> [Finding] {
    var lost: [String] = []
    func has(_ pair: (key: String, value: String), _ pairs: [(key: String, value: String)]) -> Bool
    {
      pairs.contains { $0.key === pair.key && $0.value === pair.value }
    }
    for label in secret.labels where !has(label, sealed.labels) {
      lost.append("the label \(label.key)")
    }
    let own = sealed.root.at("metadata", "annotations")?.stringEntries ?? []
    for annotation in secret.annotations where !BuiltName.isForTools(annotation.key) {
      let isThere =
        has(annotation, sealed.annotations) || has(annotation, own.map { ($0.key, $0.value) })
      if !isThere { lost.append("the annotation \(annotation.key)") }
    }
    if secret.type !== sealed.type { lost.append("its type \(secret.type)") }
    if secret.isImmutable, !sealed.isImmutable { lost.append("immutable: true") }
    guard !lost.isEmpty else { return [] }
    return [
      finding(
        "metadata-lost",
        "\(secret.identity.words) would lose \(lost.joined(separator: ", "))",
        "give its template the same metadata and type; if an annotation contains a secret, first remove it from the Secret itself"
      )
    ]
  }

  // MARK: References

  private func referencesLost() -> [Finding] {
    after.objects.flatMap { object -> [Finding] in
      let old = before[object.identity]
      return object.references.filter { !$0.isOptional }.compactMap { reference in
        guard resolves(reference, of: object, in: after) == nil else { return nil }
        // Only a reference that resolved before is lost; the old object names what goes.
        let before = old?.references.first { $0.path == reference.path && $0.key == reference.key }
        guard let before, let old, resolves(before, of: old, in: self.before) != nil else {
          return nil
        }
        let key = reference.key.map { "the key '\($0)' of " } ?? ""
        return finding(
          "reference-lost",
          "\(object.identity.words) names \(key)the Secret '\(before.secret)' at \(reference.path), but the build would have no such Secret or key under the name '\(reference.secret)'",
          "give the template that name and key, or change the reference")
      }
    }
  }

  /// References that resolve to nothing now, and would resolve to a SealedSecret.
  private func referencesGained() -> [Finding] {
    let renamed = Set(
      replaced.compactMap { secret, sealed in
        sealed.flatMap { $0.identity.name === secret.identity.name ? nil : $0 }?.identity.name
      }.map { Name($0) })
    return after.objects.flatMap { object in
      object.references.compactMap { reference in
        guard renamed.contains(Name(reference.secret)), let old = before[object.identity],
          old.references.contains(where: {
            $0.path == reference.path && $0.secret === reference.secret
          })
        else { return nil }
        return finding(
          "reference-appears",
          "\(object.identity.words) names '\(reference.secret)' at \(reference.path), which was not found so far because the Secret's name ends with a hash",
          "check what happens when the Secret is found: the sealed password takes effect", .warning)
      }
    }
  }

  /// The object that a reference resolves to; nil if there is none with its key.
  private func resolves(
    _ reference: SecretReference, of object: BuiltObject, in build: Build
  ) -> BuiltObject? {
    let namespace = reference.namespace ?? object.identity.namespace
    return build.secrets(named: reference.secret).first { candidate in
      (namespace == nil || candidate.identity.namespace == nil
        || candidate.identity.namespace === namespace)
        && (reference.key.map { candidate.keys.contains(Name($0)) } ?? true)
    }
  }

  private func finding(
    _ code: String, _ message: String, _ hint: String, _ severity: Finding.Severity = .error
  ) -> Finding {
    Finding(
      code: code, severity: severity, message: message, hint: hint, file: path, location: nil)
  }
}
