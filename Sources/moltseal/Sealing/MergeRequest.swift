/// `merge`: new items into sealed files, by byte range, for the name and scope that they have there.

internal import Credentials
internal import Cryptography
internal import Manifests
internal import Sealing
internal import YAML

struct MergeRequest {
  /// The Secrets, and how they are read.
  var seal = SealRequest()
  /// The file of SealedSecrets that they go into.
  var target = ""
  /// Whether a merge that kubeseal gets wrong is refused instead of done right.
  var isKubeseal = false

  /// Merges every Secret, or none.
  func run(for certificate: SealingCertificate) throws {
    let file = try TargetFile(target, allowsUncommitted: seal.allowsUncommitted)
    // One that is not there is named as every unreadable file is.
    let old = try file.read() ?? PlainFile.read(target)
    do throws(any Error) {
      var manifest = try SealedSecretManifest(try SourceText(old), passesBy: !isKubeseal)
      guard !manifest.documents.isEmpty else {
        throw YAMLError("holds no SealedSecret", at: Location(line: 1, column: 1))
      }
      let secrets = try seal.read()
      if isKubeseal, secrets.count > 1 || manifest.documents.count > 1 {
        throw CommandError(
          "kubeseal merges the first document of several and drops the rest",
          hint: merge, file: PlainFile.name(seal.input))
      }
      let pairs = try secrets.map {
        ($0, try document(for: $0, in: manifest, byName: secrets.count > 1))
      }
      for document in manifest.documents where document.apiVersion != "bitnami.com/v1alpha1" {
        throw YAMLError("has not the apiVersion bitnami.com/v1alpha1", at: document.location)
      }
      try checkRepeats(pairs)
      if isKubeseal { for (secret, document) in pairs { try checkKubeseal(secret, document) } }
      let sealed = try Sealing.seal(
        pairs.flatMap { secret, document in
          let label = document.scope.label(
            namespace: document.namespace ?? "", name: document.name)
          return secret.items.map { SealingJob(label: label, value: $0.value) }
        },
        for: certificate.certificate.key, threads: Environment.processors)
      TestHooks.reached("sealed")
      var rest = sealed[...]
      for (secret, document) in pairs {
        let items = zip(secret.items, rest.prefix(secret.items.count)).map { ($0.key, $1) }
        rest = rest.dropFirst(items.count)
        try manifest.merge(
          items, labels: sorted(secret.metadata.labels),
          annotations: sorted(secret.metadata.annotations), into: document)
      }
      try file.replace(old, with: manifest.bytes)
      Terminal.message(
        "merged \(sealed.count) \(sealed.count == 1 ? "item" : "items") into \(target)")
    } catch let error as YAMLError {
      throw CommandError(error, file: target)
    } catch let error as EditRefusal {
      throw CommandError(
        error, file: target, by: "write that part as a block, or merge into a new file")
    }
  }

  /// The document that a Secret goes into: the only one, or the one of its name.
  private func document(
    for secret: SecretManifest, in manifest: SealedSecretManifest, byName: Bool
  ) throws -> SealedSecretDocument {
    let name = secret.metadata.name
    let namespace = seal.namespace ?? secret.metadata.namespace
    var candidates = manifest.documents
    if candidates.count > 1 || byName {
      candidates = candidates.filter {
        $0.name == name && (namespace.isEmpty || $0.namespace ?? namespace == namespace)
      }
    }
    func fail(_ message: String, _ hint: String, status: Int32 = 1) -> CommandError {
      CommandError(
        message, hint: hint, file: PlainFile.name(seal.input), location: secret.location,
        status: status)
    }
    guard let document = candidates.first else {
      throw fail(
        "\(target) has no SealedSecret '\(namespace.isEmpty ? "" : namespace + "/")\(name)'",
        "it has: \(manifest.documents.map { "\($0.namespace ?? "")/\($0.name)" }.joined(separator: ", "))"
      )
    }
    guard candidates.count == 1 else {
      throw fail("'\(name)' stands several times in \(target)", "give the namespace as well")
    }
    if let namespace = seal.namespace, document.scope != .clusterWide,
      document.namespace ?? "" != namespace
    {
      throw fail(
        "'\(document.name)' is in namespace '\(document.namespace ?? "")', not '\(namespace)'",
        "leave --namespace out: the target's own is used")
    }
    if isKubeseal { try checkPanics(secret, document, manifest) }
    if seal.scope != .strict, seal.scope != document.scope {
      // kubeseal writes the scope as an annotation of the template, where there may be none.
      let annotations: [PathStep] = ["spec", "template", "metadata", "annotations"]
      let panics = isKubeseal && !manifest.has(annotations, document)
      throw fail(
        "'\(document.name)' has the scope \(document.scope.rawValue), not \(seal.scope.rawValue)",
        "leave --scope out: a merge keeps the target's scope; reseal changes it",
        status: panics ? KubesealCommand.panicStatus : 1)
    }
    try check(secret, document)
    return document
  }

  private var merge: String { "moltseal merge --cert FILE \(target) does it right" }

  /// What kubeseal itself would get wrong with these two.
  private func checkKubeseal(
    _ secret: SecretManifest, _ document: SealedSecretDocument
  ) throws {
    let annotations = Scope(annotations: sorted(secret.metadata.annotations))
    let scope = seal.scope == .strict ? annotations : seal.scope
    guard scope == document.scope else {
      throw CommandError(
        "'\(document.name)' has the scope \(document.scope.rawValue), not \(scope.rawValue); kubeseal would make an item that nobody can open",
        hint: merge, file: PlainFile.name(seal.input), location: secret.location)
    }
  }

  /// Where kubeseal writes into a map that is not there, it panics, and ends with 2.
  private func checkPanics(
    _ secret: SecretManifest, _ document: SealedSecretDocument, _ manifest: SealedSecretManifest
  ) throws {
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
    throw CommandError(
      "'\(document.name)' has no \(first) yet, where kubeseal panics",
      hint: merge, file: PlainFile.name(seal.input), location: secret.location,
      status: KubesealCommand.panicStatus)
  }

  /// Two Secrets of the input may go into one document, but not with the same key.
  private func checkRepeats(_ pairs: [(SecretManifest, SealedSecretDocument)]) throws {
    var seen: Set<[String]> = []
    for (secret, document) in pairs {
      for item in secret.items where !seen.insert([String(document.index), item.key]).inserted {
        throw CommandError(
          "'\(item.key)' of '\(document.name)' stands twice in the input",
          hint: "keep the one that is meant", file: PlainFile.name(seal.input),
          location: item.location)
      }
    }
  }

  private func sorted(_ strings: [String: String]) -> [(key: String, value: String)] {
    strings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// What of the input does not reach the target.
  private func check(_ secret: SecretManifest, _ document: SealedSecretDocument) throws {
    guard document.scope == .clusterWide || !(document.namespace ?? "").isEmpty else {
      throw CommandError(
        "'\(document.name)' has no metadata.namespace, and none is made up",
        hint: "write it there: the ciphertext is bound to it", file: target,
        location: document.location)
    }
    let own = Scope(annotations: sorted(secret.metadata.annotations))
    if own != .strict, own != document.scope {
      seal.warn(
        "its scope is \(own.rawValue), that of the target \(document.scope.rawValue), which is kept",
        secret.location)
    }
    if secret.type != nil || secret.immutable != nil {
      seal.warn("'type' and 'immutable' of the input are not merged", secret.location)
    }
  }
}
