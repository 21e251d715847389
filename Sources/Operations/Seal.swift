/// `seal`: turns Secrets into SealedSecrets.

package import Cryptography
package import Kubernetes
package import Manifests
internal import Sealing
package import Secrets
internal import Text
package import YAML

package struct SealOperation: Sendable {
  /// Overrides the annotations of the input, unless it is strict.
  package var scope = Scope.strict
  package var namespace: String?
  package var name: String?
  package var allowsEmptyData = false
  /// Whether a `List` is replaced by its items, which kubeseal does not do.
  package var takesLists = true
  /// Whether a value that nobody wants is sealed with a warning, as kubeseal does.
  package var acceptsEveryValue = false
  package var threads = 1

  package init() {}

  /// The Secrets of a file, with the requested name, and warnings about what is not sealed.
  ///
  /// - Throws: `OperationFault`.
  package func read(
    _ file: SecretBytes
  ) throws(OperationFault) -> (secrets: [SecretManifest], warnings: [YAMLError]) {
    let stream: SecretStream
    do throws(YAMLError) {
      stream = try SecretStream(
        file, lists: takesLists ? .unpacked : .kept,
        kinds: acceptsEveryValue ? .every : .secretsOnly)
    } catch {
      throw OperationFault(.unreadable, error)
    }
    guard !stream.secrets.isEmpty else {
      throw OperationFault(.noSecret, "contains no Secret", at: Location(line: 1, column: 1))
    }
    if let empty = stream.secrets.first(where: \.items.isEmpty), !allowsEmptyData {
      throw OperationFault(
        .noData, "the Secret has neither data nor stringData", at: empty.location)
    }
    let secrets = stream.secrets.map { secret in
      var secret = secret
      if let name { secret.metadata.name = name }
      return secret
    }
    return (secrets, stream.warnings)
  }

  /// Checks the values of a whole Secret, and returns the warnings.
  ///
  /// - Throws: `OperationFault` for a value that nobody wants.
  private func check(_ secret: SecretManifest) throws(OperationFault) -> [YAMLError] {
    try warnings(
      of: ValueRules.faults(
        type: secret.type, values: secret.values,
        of: secret.items.isEmpty ? .someKeys : .wholeSecret), secret)
  }

  /// Checks values that are added to a Secret with other items, and returns the warnings.
  ///
  /// - Parameter type: the type of that Secret.
  /// - Throws: `OperationFault` for a value that nobody wants.
  func check(
    _ secret: SecretManifest, addedTo type: String?
  ) throws(OperationFault) -> [YAMLError] {
    try warnings(
      of: ValueRules.faults(type: type, values: secret.values, of: .someKeys), secret)
  }

  private func warnings(
    of faults: [ValueFault], _ secret: SecretManifest
  ) throws(OperationFault) -> [YAMLError] {
    var warnings: [YAMLError] = []
    for fault in faults {
      let location = secret.items.first { $0.key == fault.key }?.location ?? secret.location
      let message = "\(fault.key.isEmpty ? "" : SecretName.quoted(fault.key) + " ")\(fault.message)"
      guard !fault.isError || acceptsEveryValue else {
        throw OperationFault(.notMeant, message, detail: fault.hint, at: location)
      }
      warnings.append(YAMLError(message, at: location))
    }
    return warnings
  }

  /// Seals every Secret, or none.
  ///
  /// - Parameter warn: receives warnings about values that are sealed but may not be intended.
  /// - Throws: `OperationFault`, or OpenSSL's.
  package func seal(
    _ secrets: [SecretManifest], for key: RSAPublicKey, warn: (YAMLError) -> Void = { _ in }
  ) throws -> [SealedSecret] {
    let secrets = try secrets.map { try located($0) }
    for secret in secrets {
      for warning in try check(secret) { warn(warning) }
    }
    var jobs: [SealingJob] = []
    for secret in secrets {
      let label = scope(of: secret).label(
        namespace: secret.metadata.namespace, name: secret.metadata.name)
      jobs += secret.items.map { SealingJob(label: label, value: $0.value) }
    }
    var sealed = try Sealing.seal(jobs, for: key, threads: threads)[...]
    return secrets.map { secret in
      let values = sealed.prefix(secret.items.count)
      sealed = sealed.dropFirst(secret.items.count)
      let scope = scope(of: secret).annotation.map { [(key: $0, value: "true")] } ?? []
      let namespace = secret.metadata.namespace
      return SealedSecret(
        name: secret.metadata.name, namespace: namespace.isEmpty ? nil : namespace,
        annotations: scope,
        template: SealedSecret.Template(
          metadata: secret.metadata.tree, type: secret.type, immutable: secret.immutable),
        items: zip(secret.items, values).map { ($0.key, $1) }.sortedByKey())
    }
  }

  /// The Secret with its final name, namespace and scope annotations; nothing is guessed.
  private func located(_ secret: SecretManifest) throws(OperationFault) -> SecretManifest {
    var secret = secret
    guard !secret.metadata.name.isEmpty else {
      throw OperationFault(.noName, "the Secret has no metadata.name", at: secret.location)
    }
    if scope != .strict {
      for annotation in Scope.allCases.compactMap(\.annotation) {
        secret.metadata.annotations[Name(annotation)] =
          annotation == scope.annotation ? "true" : nil
      }
    }
    let scope = scope(of: secret)
    if !acceptsEveryValue,
      let fault = OperationFault.filledInLater(
        scope, name: secret.metadata.name,
        namespaces: [secret.metadata.namespace, namespace], at: secret.location)
    {
      throw fault
    }
    guard scope != .clusterWide else { return secret }
    let own = secret.metadata.namespace
    if let namespace, !own.isEmpty, own != namespace {
      throw OperationFault(
        .otherNamespace, "the Secret is in namespace '\(own)'", detail: namespace,
        at: secret.location)
    }
    if own.isEmpty {
      guard let namespace else {
        throw OperationFault(
          .noNamespace, "the Secret has no metadata.namespace, and moltseal does not guess one",
          at: secret.location)
      }
      secret.metadata.namespace = namespace
    }
    return secret
  }

  private func scope(of secret: SecretManifest) -> Scope {
    Scope(annotations: secret.metadata.annotations.map { ($0.key.text, $0.value) })
  }
}

extension SecretManifest {
  fileprivate var values: [(key: String, value: SecretBytes)] { items.map { ($0.key, $0.value) } }
}
