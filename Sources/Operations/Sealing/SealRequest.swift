/// `seal`, from either command line: Secrets in, SealedSecrets out.

package import ClusterAccess
internal import Cryptography
package import Kubernetes
package import Manifests
internal import Reporting
internal import Sealing
internal import SecretIO
internal import Secrets
internal import YAML

/// The settings of kubeseal's offline flags.
package struct SealRequest {
  /// The file of the Secrets; `-` is standard input.
  var input = "-"
  /// The file to write; nil for standard output.
  package var output: String?
  package var format = ManifestFormat.json
  package var operation = SealOperation()
  /// Whether to overwrite bytes that git does not have, as kubeseal does.
  var allowsUncommitted = false

  package init(
    input: String = "-", output: String? = nil, format: ManifestFormat = ManifestFormat.json,
    operation: SealOperation = SealOperation(), allowsUncommitted: Bool = false
  ) {
    self.input = input
    self.output = output
    self.format = format
    self.operation = operation
    self.allowsUncommitted = allowsUncommitted
  }

  /// Seals every document, or none.
  package func run(for certificate: SealingCertificate) throws {
    // The plaintexts are wiped before the first byte is written.
    try write(try sealed(for: certificate))
  }

  private func sealed(for certificate: SealingCertificate) throws -> [SealedSecret] {
    let secrets = try read()
    do throws(any Error) {
      return try operation.seal(secrets, for: certificate.certificate.key) {
        warn($0.message, $0.location)
      }
    } catch let fault as OperationFault { throw CommandError(fault, input: input) }
  }

  /// Reads the Secrets of the input; a name on the command line replaces theirs.
  func read() throws -> [SecretManifest] {
    if PlainFile.isTyped(input) {
      Notices.say("reading a Secret, as YAML or JSON, from the terminal")
    }
    MemoryProtection.warn()
    let file = try PlainFile.readSecret(input)
    do throws(OperationFault) {
      let (secrets, warnings) = try operation.read(file)
      for warning in warnings { warn(warning.message, warning.location) }
      return secrets
    } catch { throw CommandError(error, input: input) }
  }

  private func write(_ objects: [SealedSecret]) throws {
    var bytes: [UInt8] = []
    for object in objects {
      format.write(object.tree(format), to: &bytes) { bytes in
        // Everything is sealed, so from here on only the output itself can fail.
        guard output == nil, bytes.count > 1 << 16 else { return }
        StandardOutput.write(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    guard let output else { return StandardOutput.write(bytes) }
    try PlainFile.write(output, bytes, allowsUncommitted: allowsUncommitted)
  }

  func warn(_ message: String, _ location: Location) {
    Notices.warn(
      Diagnostic(message, hint: nil, file: PlainFile.name(input), location: location).text)
  }
}

/// `seal --raw`: one value, without a manifest around it.
package struct RawSealRequest {
  /// The file of the value; `-` is standard input.
  var input = "-"
  var output: String?
  var scope = Scope.strict
  var namespace: String?
  var name: String?
  /// Whether to overwrite bytes of `output` that git does not have.
  var allowsUncommitted = false
  /// Whether to seal a value that nobody means, with only a warning.
  var acceptsEveryValue = false

  package init(
    input: String = "-", output: String? = nil, scope: Scope = Scope.strict,
    namespace: String? = nil, name: String? = nil, allowsUncommitted: Bool = false,
    acceptsEveryValue: Bool = false
  ) {
    self.input = input
    self.output = output
    self.scope = scope
    self.namespace = namespace
    self.name = name
    self.allowsUncommitted = allowsUncommitted
    self.acceptsEveryValue = acceptsEveryValue
  }

  /// Prints only the ciphertext, without a line break.
  package func run(for certificate: SealingCertificate) throws {
    func fail(_ flag: CLI) -> CommandError {
      CommandError(
        "\(CLI.raw) with scope \(scope.rawValue) needs \(flag)",
        hint: "pass \(flag); the ciphertext is bound to it")
    }
    if scope != .clusterWide, namespace == nil { throw fail(.namespace) }
    if scope == .strict, name == nil { throw fail(.name) }
    if PlainFile.isTyped(input) {
      Notices.say("reading the value from the terminal")
    }
    MemoryProtection.warn()
    let value = try PlainFile.readSecret(input)
    for fault in ValueRules.faults(type: nil, values: [("", value)], of: .someKeys) {
      let message = "the value \(fault.message)"
      guard !fault.isError || acceptsEveryValue else {
        throw CommandError(message, hint: fault.hint, file: PlainFile.name(input))
      }
      Notices.warn("\(PlainFile.name(input)): \(message)")
    }
    let endsLine = value.withBytes { $0.last == 10 && !$0.dropLast().contains(10) }
    if endsLine, !acceptsEveryValue {
      Notices.warn(
        "\(PlainFile.name(input)): the value ends with a line break, which becomes a part of it; printf or echo -n writes none"
      )
    }
    let job = SealingJob(
      label: scope.label(namespace: namespace ?? "", name: name ?? ""), value: value)
    for value in try Sealing.seal([job], for: certificate.certificate.key, threads: 1) {
      let bytes = Array(value.base64.utf8)
      guard let output else { return StandardOutput.write(bytes) }
      try PlainFile.write(output, bytes, allowsUncommitted: allowsUncommitted)
    }
  }
}
