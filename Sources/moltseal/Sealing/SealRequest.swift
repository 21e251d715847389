/// `seal`, whichever command line asked for it: Secrets in, SealedSecrets out.

internal import Credentials
internal import Cryptography
internal import Glibc
internal import Manifests
internal import Sealing
internal import YAML

/// What kubeseal's offline flags say.
struct SealRequest {
  /// The Secrets: a file, or `-` for standard input.
  var input = "-"
  /// The file to write; nil for standard output.
  var output: String?
  var format = ManifestFormat.json
  /// Overrules the annotations of the input, unless it is strict.
  var scope = Scope.strict
  var namespace: String?
  var name: String?
  var allowsEmptyData = false
  /// Whether a `List` is read as its items, which kubeseal does not.
  var takesLists = true
  /// Whether a file may be written over what git does not have, as kubeseal does.
  var allowsUncommitted = false

  /// Seals every document, or none.
  func run(for certificate: SealingCertificate) throws {
    // The plaintexts are wiped before the first byte is written.
    try write(try sealed(for: certificate))
  }

  private func sealed(for certificate: SealingCertificate) throws -> [SealedSecretObject] {
    let secrets = try read().map { try located($0) }
    var jobs: [SealingJob] = []
    for secret in secrets {
      let label = scope(of: secret).label(
        namespace: secret.metadata.namespace, name: secret.metadata.name)
      jobs += secret.items.map { SealingJob(label: label, value: $0.value) }
    }
    var sealed = try Sealing.seal(
      jobs, for: certificate.certificate.key, threads: Environment.processors)[...]
    return secrets.map { secret in
      let values = sealed.prefix(secret.items.count)
      sealed = sealed.dropFirst(secret.items.count)
      return SealedSecretObject(
        name: secret.metadata.name, namespace: secret.metadata.namespace,
        scope: scope(of: secret), templateMetadata: secret.metadata.tree, type: secret.type,
        immutable: secret.immutable, items: zip(secret.items, values).map { ($0.key, $1) })
    }
  }

  /// The Secrets of the input, with the name of the command line where it gives one.
  func read() throws -> [SecretManifest] {
    if input == "-", isatty(STDIN_FILENO) == 1 {
      Terminal.message("reading a Secret, as YAML or JSON, from the terminal")
    }
    MemoryProtection.warn()
    let file = try PlainFile.readSecret(input)
    do throws(YAMLError) {
      let stream = try SecretStream(file, takesLists: takesLists)
      for warning in stream.warnings { warn(warning.message, warning.location) }
      guard !stream.secrets.isEmpty else {
        throw YAMLError("holds no Secret", at: Location(line: 1, column: 1))
      }
      if let empty = stream.secrets.first(where: \.items.isEmpty), !allowsEmptyData {
        throw YAMLError(
          "the Secret has neither data nor stringData; --allow-empty-data seals it so",
          at: empty.location)
      }
      return stream.secrets.map { secret in
        var secret = secret
        if let name { secret.metadata.name = name }
        return secret
      }
    } catch {
      throw CommandError(error, file: PlainFile.name(input))
    }
  }

  /// The Secret with its final name, namespace and scope annotations; nothing is made up.
  private func located(_ secret: SecretManifest) throws -> SecretManifest {
    var secret = secret
    func fail(_ message: String, _ hint: String) -> CommandError {
      CommandError(
        message, hint: hint, file: PlainFile.name(input), location: secret.location)
    }
    guard !secret.metadata.name.isEmpty else {
      throw fail("the Secret has no metadata.name", "write it there, or give --name")
    }
    if scope != .strict {
      for annotation in Scope.allCases.compactMap(\.annotation) {
        secret.metadata.annotations[annotation] = annotation == scope.annotation ? "true" : nil
      }
    }
    guard scope(of: secret) != .clusterWide else { return secret }
    let own = secret.metadata.namespace
    if let namespace, !own.isEmpty, own != namespace {
      throw fail(
        "the Secret is in namespace '\(own)', but --namespace says '\(namespace)'",
        "leave one of them out, or make them equal")
    }
    if own.isEmpty {
      guard let namespace else {
        throw fail(
          "the Secret has no metadata.namespace, and none is made up",
          "write it there, or give --namespace: the ciphertext is bound to it")
      }
      secret.metadata.namespace = namespace
    }
    return secret
  }

  private func scope(of secret: SecretManifest) -> Scope {
    Scope(annotations: secret.metadata.annotations.map { ($0.key, $0.value) })
  }

  private func write(_ objects: [SealedSecretObject]) throws {
    var bytes: [UInt8] = []
    for object in objects {
      format.write(object.tree(format), to: &bytes) { bytes in
        // Everything is sealed: from here on nothing but the output itself can fail.
        guard output == nil, bytes.count > 1 << 16 else { return }
        Terminal.output(bytes: bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    guard let output else { return Terminal.output(bytes: bytes) }
    try PlainFile.write(output, bytes, allowsUncommitted: allowsUncommitted)
  }

  func warn(_ message: String, _ location: Location) {
    Terminal.warning(
      Diagnostic(message, hint: nil, file: PlainFile.name(input), location: location).text)
  }
}

/// `seal --raw`: one value, without a manifest around it.
struct RawSealRequest {
  /// The value: a file, or `-` for standard input.
  var input = "-"
  var output: String?
  var scope = Scope.strict
  var namespace: String?
  var name: String?
  /// Whether `output` may be written over what git does not have.
  var allowsUncommitted = false

  /// Prints the ciphertext alone, without a line ending.
  func run(for certificate: SealingCertificate) throws {
    func fail(_ flag: String) -> CommandError {
      CommandError(
        "--raw with scope \(scope.rawValue) needs \(flag)",
        hint: "the ciphertext is bound to it: give \(flag)")
    }
    if scope != .clusterWide, namespace == nil { throw fail("--namespace") }
    if scope == .strict, name == nil { throw fail("--name") }
    if input == "-", isatty(STDIN_FILENO) == 1 {
      Terminal.message("reading the value from the terminal")
    }
    MemoryProtection.warn()
    let job = SealingJob(
      label: scope.label(namespace: namespace ?? "", name: name ?? ""),
      value: try PlainFile.readSecret(input))
    for value in try Sealing.seal([job], for: certificate.certificate.key, threads: 1) {
      let bytes = Array(value.base64.utf8)
      guard let output else { return Terminal.output(bytes: bytes) }
      try PlainFile.write(output, bytes, allowsUncommitted: allowsUncommitted)
    }
  }
}
