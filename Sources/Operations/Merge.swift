/// `merge`: adds items to sealed files by byte range, sealed for the name and scope of the target.

package import Cryptography
internal import Kubernetes
internal import Manifests
internal import Sealing
package import Secrets
internal import Text
package import YAML

package struct MergeOperation: Sendable {
  let seal: SealOperation
  /// The name that the caller uses for the target.
  let target: String
  private let followsKubeseal: Bool

  package init(seal: SealOperation, target: String, style: SealingStyle = .moltseal) {
    self.seal = seal
    self.target = target
    followsKubeseal = style == .kubeseal
  }

  /// The target after a merge.
  package struct Merged: Sendable {
    package let bytes: [UInt8]
    /// How many items were sealed.
    package let count: Int
    /// What is in the input but does not reach the target.
    package let warnings: [YAMLError]
  }

  /// Merges every Secret, or none.
  ///
  /// - Parameter suppliedNamespace: the namespace in which the target's objects without one are
  ///   built.
  /// - Parameter sealed: is called once all items are sealed.
  /// - Throws: `OperationFault`, or OpenSSL's.
  package func merge(
    _ secrets: [SecretManifest], into bytes: [UInt8], for key: RSAPublicKey,
    suppliedNamespace: () -> String? = { nil }, sealed report: () -> Void = {}
  ) throws -> Merged {
    var manifest = try file(bytes)
    if manifest.documents.contains(where: \.lacksNamespace), let namespace = suppliedNamespace() {
      manifest.place(in: namespace)
    }
    if followsKubeseal, secrets.count > 1 || manifest.documents.count > 1 {
      throw OperationFault(
        .severalDocuments, "kubeseal merges the first document of several and drops the rest",
        detail: target)
    }
    let pairs = try secrets.map { secret in
      let document = try document(for: secret, of: secrets.count, in: manifest)
      try checkTarget(document, of: secret, in: manifest)
      return (secret, document)
    }
    try checkRepeats(pairs)
    if followsKubeseal { for (secret, document) in pairs { try checkScopes(secret, document) } }
    var warnings = pairs.flatMap { self.warnings($0, $1) }
    for (secret, document) in pairs {
      warnings += try seal.check(secret, addedTo: manifest.type(of: document))
    }
    let sealed = try Sealing.seal(
      pairs.flatMap { secret, document in
        secret.items.map { SealingJob(label: document.label, value: $0.value) }
      }, for: key, threads: seal.threads)
    report()
    let changes = changes(of: manifest, pairs, sealed)
    do throws(EditRefusal) { try manifest.apply(changes) } catch {
      throw OperationFault(error, file: target)
    }
    return Merged(bytes: manifest.bytes, count: sealed.count, warnings: warnings)
  }

  /// - Parameter sealed: the ciphertext of each item, in the order of the Secrets.
  private func changes(
    of manifest: SealedSecretFile, _ pairs: [(SecretManifest, SealedSecretDocument)],
    _ sealed: [SealedValue]
  ) -> [DocumentChanges] {
    var rest = sealed[...]
    return pairs.map { secret, document in
      let items = zip(secret.items, rest.prefix(secret.items.count)).map { ($0.key, $1) }
      rest = rest.dropFirst(items.count)
      return manifest.changes(
        merging: items, labels: sorted(secret.metadata.labels),
        annotations: sorted(secret.metadata.annotations), into: document)
    }
  }

  private func file(_ bytes: [UInt8]) throws(OperationFault) -> SealedSecretFile {
    do throws(YAMLError) {
      let manifest = try SealedSecretFile(
        try SourceText(bytes), otherKinds: followsKubeseal ? .refused : .skipped)
      guard !manifest.documents.isEmpty else {
        throw YAMLError("contains no SealedSecret", at: Location(line: 1, column: 1))
      }
      for document in manifest.documents where document.apiVersion != "bitnami.com/v1alpha1" {
        throw YAMLError("does not have the apiVersion bitnami.com/v1alpha1", at: document.location)
      }
      return manifest
    } catch { throw OperationFault(.targetUnreadable, error, file: target) }
  }

  /// The document that a Secret is merged into: the only one, or the one with its name.
  ///
  /// - Parameter count: how many Secrets the input has.
  private func document(
    for secret: SecretManifest, of count: Int, in manifest: SealedSecretFile
  ) throws(OperationFault) -> SealedSecretDocument {
    let name = secret.metadata.name
    let namespace = seal.namespace ?? secret.metadata.namespace
    var candidates = manifest.documents
    if candidates.count > 1 || count > 1 {
      candidates = manifest.documents(named: name).filter {
        namespace.isEmpty || ($0.namespace ?? namespace) === namespace
      }
    }
    guard let document = candidates.first else {
      throw OperationFault(
        .noSuchTarget,
        "\(target) has no SealedSecret '\(namespace.isEmpty ? "" : namespace + "/")\(name)'",
        detail: manifest.documents.map(\.namespacedName.text).joined(separator: ", "),
        at: secret.location)
    }
    guard candidates.count == 1 else {
      throw OperationFault(
        .severalTargets, "'\(name)' is listed several times in \(target)", at: secret.location)
    }
    return document
  }

  /// Refuses a target that the options do not mean, or whose new items nothing could open.
  private func checkTarget(
    _ document: SealedSecretDocument, of secret: SecretManifest, in manifest: SealedSecretFile
  ) throws(OperationFault) {
    if let namespace = seal.namespace, document.scope != .clusterWide,
      document.namespacedName.namespace !== namespace
    {
      throw OperationFault(
        .targetNamespace,
        "'\(document.name)' is in namespace '\(document.namespacedName.namespace)', not '\(namespace)'",
        at: secret.location)
    }
    if followsKubeseal { try checkPanics(secret, document, manifest) }
    if seal.scope != .strict, seal.scope != document.scope {
      // kubeseal writes the scope as an annotation of the template, which may have no annotations.
      let annotations: [PathStep] = ["spec", "template", "metadata", "annotations"]
      let panics = followsKubeseal && !manifest.has(annotations, document)
      throw OperationFault(
        panics ? .kubesealPanics : .targetScope,
        "'\(document.name)' has the scope \(document.scope.rawValue), not \(seal.scope.rawValue)",
        detail: target, at: secret.location)
    }
    if !followsKubeseal,
      let fault = OperationFault.filledInLater(
        document.scope, name: document.name, namespaces: [document.namespace], file: target,
        at: document.location)
    {
      throw fault
    }
    guard !document.lacksNamespace else {
      throw OperationFault(
        .targetLacksNamespace,
        "'\(document.name)' has no metadata.namespace, and moltseal does not guess one",
        file: target, at: document.location)
    }
  }

  // MARK: kubeseal

  /// Refuses scopes that kubeseal itself would get wrong.
  private func checkScopes(
    _ secret: SecretManifest, _ document: SealedSecretDocument
  ) throws(OperationFault) {
    let annotations = Scope(annotations: sorted(secret.metadata.annotations))
    let scope = seal.scope == .strict ? annotations : seal.scope
    guard scope == document.scope else {
      throw OperationFault(
        .kubesealScope,
        "'\(document.name)' has the scope \(document.scope.rawValue), not \(scope.rawValue); kubeseal would make an item that nobody can open",
        detail: target, at: secret.location)
    }
  }

  /// Refuses what makes kubeseal write into a missing map: it panics and exits with 2.
  private func checkPanics(
    _ secret: SecretManifest, _ document: SealedSecretDocument, _ manifest: SealedSecretFile
  ) throws(OperationFault) {
    var missing: [String] = []
    if !manifest.has(["spec", "encryptedData"], document) { missing.append("encryptedData") }
    let metadata: [PathStep] = ["spec", "template", "metadata"]
    if !secret.metadata.labels.isEmpty, !manifest.has(metadata + ["labels"], document) {
      missing.append("labels in its template")
    }
    let hasAnnotations = manifest.has(metadata + ["annotations"], document)
    if !secret.metadata.annotations.isEmpty, !hasAnnotations {
      missing.append("annotations in its template")
    }
    guard let first = missing.first else { return }
    throw OperationFault(
      .kubesealPanics, "'\(document.name)' has no \(first) yet, so kubeseal panics",
      detail: target, at: secret.location)
  }

  // MARK: The input

  /// Two Secrets of the input may go into one document, but not with the same key.
  private func checkRepeats(
    _ pairs: [(SecretManifest, SealedSecretDocument)]
  ) throws(OperationFault) {
    var seen: Set<[Name]> = []
    for (secret, document) in pairs {
      for item in secret.items {
        let place = [Name(String(document.index)), Name(item.key)]
        if seen.insert(place).inserted { continue }
        throw OperationFault(
          .repeatedKey,
          "\(SecretName.quoted(item.key)) of '\(document.name)' is listed twice in the input",
          at: item.location)
      }
    }
  }

  private func warnings(
    _ secret: SecretManifest, _ document: SealedSecretDocument
  ) -> [YAMLError] {
    var warnings: [YAMLError] = []
    let own = Scope(annotations: sorted(secret.metadata.annotations))
    if own != .strict, own != document.scope {
      warnings.append(
        YAMLError(
          "its scope is \(own.rawValue), but the target keeps its scope \(document.scope.rawValue)",
          at: secret.location))
    }
    if !followsKubeseal, !secret.metadata.name.isEmpty, secret.metadata.name !== document.name {
      warnings.append(
        YAMLError(
          "its name is '\(secret.metadata.name)', but its items are added to '\(document.name)'",
          at: secret.location))
    }
    if secret.type != nil || secret.immutable != nil {
      warnings.append(
        YAMLError("'type' and 'immutable' of the input are not merged", at: secret.location))
    }
    return warnings
  }

  private func sorted(_ strings: [Name: String]) -> [(key: String, value: String)] {
    strings.map { (key: $0.text, value: $1) }.sortedByKey()
  }
}
