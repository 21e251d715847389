/// What a build must not lose, and must not get, when Secrets become SealedSecrets.

internal import Kubernetes
internal import Manifests
internal import Text
internal import Workspace
internal import YAML

/// A build as it is and as it will be.
package struct BuildComparison: Sendable {
  let before: Build
  let after: Build
  /// The Secrets that are sealed.
  let targets: [SealedTarget]
  /// The keys that the plan leaves out, by the built name of their Secret.
  let omitted: [ByBytes: Set<ByBytes>]
  /// The names of the Secrets among which consumers are switched.
  let roles: Set<ByBytes>
  /// The ConfigMaps that the run publishes, by name.
  let published: Set<ByBytes>
  /// The SealedSecrets as they are written.
  let written: SealedAsBuilt
  /// What findings are about.
  let path: String

  package init(
    before: Build, after: Build, targets: [SealedTarget], omitted: [String: [String]],
    roles: [String], published: [String], written: SealedAsBuilt = SealedAsBuilt(), path: String
  ) {
    self.written = written
    self.before = before
    self.after = after
    self.targets = targets
    self.omitted = Dictionary(
      omitted.map { (ByBytes($0), Set($1.map(ByBytes.init))) },
      uniquingKeysWith: { $0.union($1) })
    self.roles = Set(roles.map(ByBytes.init))
    self.published = Set(published.map(ByBytes.init))
    self.path = path
  }

  /// The Secrets that a build has now and will not have, each with the SealedSecret in its place.
  package var replaced: [(secret: BuiltObject, sealed: BuiltObject?)] {
    before.secrets.filter { after[$0.identity] == nil }.map { secret in
      let name = secret.identity.name
      let candidates = [name, BuiltName.withoutHash(name)].compactMap { $0 }
        .flatMap { after.secrets(named: $0) }
      return (secret, candidates.first { $0.isSealedSecret && stands($0, for: secret) })
    }
  }

  /// Everything that differs and should not.
  package func findings() -> [Finding] {
    objectsLost() + objectsGained() + objectsChanged() + secretsLost() + secretsLeft()
      + referencesLost() + referencesGained() + written.findings(in: after, path: path)
  }

  // MARK: Objects

  private func objectsLost() -> [Finding] {
    before.objects.filter { !$0.isSecret && after[$0.identity] == nil }.map { object in
      finding(
        "build-differs", "\(object.identity.words) would not be built any more",
        "this is a fault of moltseal, or of an edit beside it; a dry run shows it")
    }
  }

  private func objectsGained() -> [Finding] {
    after.objects.filter { object in
      guard before[object.identity] == nil else { return false }
      if object.isSealedSecret {
        return !targets.contains {
          $0.builtName === object.identity.name
            && ($0.namespace == nil || object.identity.namespace == nil
              || $0.namespace === object.identity.namespace)
        }
      }
      return
        !(object.identity.kind == "ConfigMap"
        && published.contains(ByBytes(object.identity.name)))
    }.map { object in
      object.isSealedSecret
        ? finding(
          "built-name-differs",
          "\(object.identity.words) would be built\(object.identity.namespace.map { " in '\($0)'" } ?? ""), and nothing was sealed for that name and namespace",
          "let the kustomization that renames or moves it be the one of the environment")
        : finding(
          "build-differs", "\(object.identity.words) would be built, and is not now",
          "take out what brings it, or bring it in a commit of its own first")
    }
  }

  private func objectsChanged() -> [Finding] {
    let renamed = Dictionary(
      replaced.compactMap { secret, sealed in
        sealed.map { (ByBytes(secret.identity.name), $0.identity.name) }
      }, uniquingKeysWith: { first, _ in first })
    return after.objects.compactMap { object in
      guard let old = before[object.identity], old.digest != object.digest, !mayChange(object)
      else { return nil }
      let found = TreeDifference(renamed: renamed, roles: roles).find(
        Tree(old.root), Tree(object.root))
      // The values of a Secret that stays are not in its tree.
      guard let difference = found ?? (object.isSecret ? "data" : nil) else { return nil }
      return finding(
        "build-differs", "\(object.identity.words) would change at \(difference)",
        "only what names a sealed Secret may change; a dry run shows it")
    }
  }

  /// Whether a run writes it.
  private func mayChange(_ object: BuiltObject) -> Bool {
    let name = object.identity.name
    if object.identity.kind == "ConfigMap" { return published.contains(ByBytes(name)) }
    return object.isSealedSecret && targets.contains { $0.builtName === name }
  }

  // MARK: Secrets

  /// Whether a SealedSecret becomes the Secret that another one was, whose name may end with a hash.
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
            "\(secret.identity.words) would go, and no SealedSecret of its name takes its place",
            "give it a template of that name, or list it under keepGenerators")
        ]
      }
      return keysLost(secret, sealed) + metadataLost(secret, sealed)
    }
  }

  /// A Secret that is still built beside the SealedSecret of its name: both would write one Secret.
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
        "\(secret.identity.words)\(secret.identity.namespace.map { " of '\($0)'" } ?? "") would still be built beside its SealedSecret",
        "it comes from elsewhere, a base that is built twice for instance: give each its own environment or target"
      )
    }
  }

  private func keysLost(_ secret: BuiltObject, _ sealed: BuiltObject) -> [Finding] {
    let left = omitted[ByBytes(sealed.identity.name)] ?? []
    let missing = secret.keys.subtracting(sealed.keys).subtracting(left)
    guard !missing.isEmpty else { return [] }
    let names = missing.map(\.text).sorted().map(SecretName.quoted).joined(separator: ", ")
    return [
      finding(
        "keys-lost", "\(secret.identity.words) has \(names) now, and would not have it sealed",
        "give its template the same keys; what production does not need goes from the generator first"
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
        "give its template the same metadata and type; an annotation with a secret in it is taken out of the Secret itself first"
      )
    ]
  }

  // MARK: References

  private func referencesLost() -> [Finding] {
    after.objects.flatMap { object -> [Finding] in
      let old = before[object.identity]
      return object.references.filter { !$0.isOptional }.compactMap { reference in
        guard resolves(reference, of: object, in: after) == nil else { return nil }
        // What did not work before is not lost; where it stood it has named what goes.
        let before = old?.references.first { $0.path == reference.path && $0.key == reference.key }
        guard let before, let old, resolves(before, of: old, in: self.before) != nil else {
          return nil
        }
        let key = reference.key.map { "the key '\($0)' of " } ?? ""
        return finding(
          "reference-lost",
          "\(object.identity.words) names \(key)the Secret '\(before.secret)' at \(reference.path), and nothing would be there under '\(reference.secret)'",
          "give the template that name and key, or let the reference follow")
      }
    }
  }

  /// A reference that led nowhere, and would lead to a SealedSecret.
  private func referencesGained() -> [Finding] {
    let renamed = Set(
      replaced.compactMap { secret, sealed in
        sealed.flatMap { $0.identity.name === secret.identity.name ? nil : $0 }?.identity.name
      }.map(ByBytes.init))
    return after.objects.flatMap { object in
      object.references.compactMap { reference in
        guard renamed.contains(ByBytes(reference.secret)), let old = before[object.identity],
          old.references.contains(where: {
            $0.path == reference.path && $0.secret === reference.secret
          })
        else { return nil }
        return finding(
          "reference-appears",
          "\(object.identity.words) names '\(reference.secret)' at \(reference.path), which was never there under that name: its Secret has a hash in its name",
          "look at what it does once it finds it: its password becomes the sealed one", .warning)
      }
    }
  }

  /// The object that a reference leads to; nil where there is none that has its key.
  private func resolves(
    _ reference: SecretReference, of object: BuiltObject, in build: Build
  ) -> BuiltObject? {
    let namespace = reference.namespace ?? object.identity.namespace
    return build.secrets(named: reference.secret).first { candidate in
      (namespace == nil || candidate.identity.namespace == nil
        || candidate.identity.namespace === namespace)
        && (reference.key.map { candidate.keys.contains(ByBytes($0)) } ?? true)
    }
  }

  private func finding(
    _ code: String, _ message: String, _ hint: String, _ severity: Finding.Severity = .error
  ) -> Finding {
    Finding(
      code: code, severity: severity, message: message, hint: hint, file: path, location: nil)
  }
}
