/// `seal --raw`: one value, without a manifest around it.

package import ClusterAccess
internal import Cryptography
package import Kubernetes
internal import Reporting
package import Repository
internal import Sealing
internal import SecretIO
internal import Secrets

/// Seals one value, and prints only its ciphertext.
package struct RawSealRequest {
  /// What a ciphertext is bound to.
  package struct Binding {
    private let scope: Scope
    private let namespace: String?
    private let name: String?

    /// - Parameter namespace: needed by every scope but cluster-wide.
    /// - Parameter name: needed by the scope strict.
    package init(_ scope: Scope, namespace: String?, name: String?) {
      self.scope = scope
      self.namespace = namespace
      self.name = name
    }

    /// Refuses a scope of which a part is missing.
    fileprivate func check() throws {
      func fail(_ flag: CLI) -> CommandError {
        CommandError(
          "\(CLI.raw) with scope \(scope.rawValue) needs \(flag)",
          hint: "pass \(flag); the ciphertext is bound to it")
      }
      if scope != .clusterWide, namespace == nil { throw fail(.namespace) }
      if scope == .strict, name == nil { throw fail(.name) }
    }

    fileprivate var label: [UInt8] {
      scope.label(of: NamespacedName(namespace, name ?? ""))
    }
  }

  private let input: String
  private let output: String?
  private let binding: Binding
  private let uncommitted: Uncommitted
  private let style: SealingStyle

  /// - Parameter input: the file of the value; `-` is standard input.
  /// - Parameter output: the file to write; nil for standard output.
  /// - Parameter uncommitted: whether to overwrite bytes of `output` that git does not have.
  /// - Parameter style: kubeseal seals a value that nobody means too, with only a warning.
  package init(
    input: String, output: String?, binding: Binding, uncommitted: Uncommitted,
    style: SealingStyle = .moltseal
  ) {
    self.input = input
    self.output = output
    self.binding = binding
    self.uncommitted = uncommitted
    self.style = style
  }

  /// Prints only the ciphertext, without a line break.
  ///
  /// - Throws: `CommandError`, and nothing was written.
  package func run(for certificate: SealingCertificate) throws {
    try binding.check()
    if PlainFile.isTyped(input) {
      Notices.say("reading the value from the terminal")
    }
    MemoryProtection.warn()
    let value = try PlainFile.readSecret(input)
    try check(value)
    let job = SealingJob(label: binding.label, value: value)
    for value in try Sealing.seal([job], for: certificate.certificate.key, threads: 1) {
      let bytes = Array(value.base64.utf8)
      guard let output else { return StandardOutput.write(bytes) }
      try PlainFile.write(output, bytes, uncommitted: uncommitted)
    }
  }

  /// Refuses a value that nobody means, or warns of it.
  private func check(_ value: SecretBytes) throws {
    for fault in ValueRules.faults(type: nil, values: [("", value)], of: .someKeys) {
      let message = "the value \(fault.message)"
      guard !fault.isError || style == .kubeseal else {
        throw CommandError(message, hint: fault.hint, file: PlainFile.name(input))
      }
      Notices.warn("\(PlainFile.name(input)): \(message)")
    }
    let endsLine = value.withBytes { $0.last == 10 && !$0.dropLast().contains(10) }
    guard endsLine, style == .moltseal else { return }
    Notices.warn(
      "\(PlainFile.name(input)): the value ends with a line break, which becomes a part of it; printf or echo -n writes none"
    )
  }
}
