/// moltseal's behaviour under the name `kubeseal`.

internal import ClusterAccess
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Reporting
internal import Repository
internal import SecretIO
internal import Text

enum KubesealCommand {
  /// Whether the program was called `kubeseal`.
  static func isCalled(_ program: String) -> Bool {
    Path.name(program) === "kubeseal"
  }

  /// The status of a refusal where kubeseal panics; `run` maps it to kubeseal's own.
  static let panicStatus = OperationFault.panicStatus

  /// Runs kubeseal's command line.
  ///
  /// - Returns: kubeseal's exit status: 0; 1 if it was refused or failed; 2 for wrong usage.
  static func run(_ words: [String]) -> Int32 {
    do throws(any Error) {
      let flags = try KubesealFlags(words, variable: Surroundings.flagVariable)
      try run(flags)
      return 0
    } catch let error as KubesealFlags.UsageError {
      Terminal.usage(error.message, KubesealFlags.usage)
      return 2
    } catch let error as CommandError {
      Terminal.report(error, of: .changed)
      return error.status == 64 ? 2 : 1
    } catch {
      Terminal.report(CommandError("\(error)", hint: nil), of: .changed)
      return 1
    }
  }

  private static func run(_ flags: KubesealFlags) throws {
    if flags.isSet("help") { return Terminal.output(KubesealFlags.usage) }
    if flags.isSet("version") {
      return Terminal.output("kubeseal version: \(Version.kubeseal)\n")
    }
    try flags.checkVariables()
    let scope = flags.scope
    if !flags.arguments.isEmpty {
      Notices.warn("'\(flags.arguments[0])' is not a flag and is ignored; -f names a file")
    }
    if !flags.list("from-file").isEmpty, !flags.isSet("raw") {
      throw CommandError(
        "--from-file requires --raw", hint: "add --raw, or name the Secret's file with -f")
    }
    let input = flags.text("secret-file") ?? "-"
    if flags.isSet("recovery-unseal") { return try unseal(flags, input) }
    let controller = try Controller(flags)
    if flags.isSet("validate") { return try controller.validate(input) }
    if flags.isSet("re-encrypt") || flags.isSet("rotate") {
      return try controller.reEncrypt(
        input, output: flags.text("sealed-secret-file"), format: flags.text("format"))
    }
    if flags.isSet("fetch-cert") {
      guard let file = try certificateFile(flags) else {
        return try controller.printCertificate(to: output(flags))
      }
      return try printCertificate(file, to: output(flags))
    }
    try seal(flags, scope, input, controller)
  }

  private static func seal(
    _ flags: KubesealFlags, _ scope: Scope, _ input: String, _ controller: Controller
  ) throws {
    let certificate = try certificate(flags, controller)
    var request = SealRequest(
      input: input, output: output(flags), operation: flags.sealOperation,
      uncommitted: .overwritten)
    request.operation.takesLists = false
    request.operation.acceptsEveryValue = true
    if let target = flags.text("merge-into") {
      guard request.output == nil else {
        throw CommandError(
          "--merge-into writes its own file; -w would be left empty", hint: "leave -w out")
      }
      _ = try ManifestFormat.sealing(flags.text("format"), output: nil)
      return try MergeRequest(seal: request, target: target, style: .kubeseal).run(for: certificate)
    }
    guard flags.isSet("raw") else {
      request.operation.name = flags.text("name")
      request.format = try ManifestFormat.sealing(flags.text("format"), output: request.output)
      return try request.run(for: certificate)
    }
    try RawSealRequest(
      input: try flags.valueFile(), output: request.output,
      binding: .init(scope, namespace: flags.text("namespace"), name: flags.text("name")),
      uncommitted: .overwritten, style: .kubeseal
    ).run(for: certificate)
  }

  /// Returns the certificate of --cert, or the controller's.
  private static func certificate(
    _ flags: KubesealFlags, _ controller: Controller
  ) throws -> SealingCertificate {
    guard let file = try certificateFile(flags) else { return try controller.certificate() }
    return try SealingCertificate(file: file)
  }

  /// Prints the file of --cert, after checking that it is a certificate.
  private static func printCertificate(_ file: String, to output: String?) throws {
    _ = try SealingCertificate(file: file)
    let bytes = try PlainFile.read(file)
    guard let output else { return Terminal.output(bytes: bytes) }
    try PlainFile.write(output, bytes, uncommitted: .overwritten)
  }

  /// Returns the file of --cert, or nil if it is not given.
  private static func certificateFile(_ flags: KubesealFlags) throws -> String? {
    guard let path = flags.text("cert") else { return nil }
    if path.begins(with: "http://") || path.begins(with: "https://") {
      throw CommandError(
        "'\(path)' is a URL, which is not fetched: nothing would show whose key it is",
        hint: "save it with curl, compare its fingerprint, and pass the file")
    }
    return path.without(prefix: "file://") ?? path
  }

  private static func unseal(_ flags: KubesealFlags, _ input: String) throws {
    guard output(flags) == nil else {
      throw CommandError(
        "plain text is not written to a file", hint: "leave -w out; the Secret is printed")
    }
    let format = try ManifestFormat.sealing(flags.text("format"), output: nil)
    let secrets = try UnsealRequest(
      keys: flags.list("recovery-private-key"), files: [input], style: .kubeseal
    ).open().secrets
    guard secrets.count == 1 else {
      throw CommandError(
        "the input has \(secrets.count) SealedSecrets, and kubeseal would open only the first",
        hint: "use moltseal unseal to open all", file: PlainFile.name(input))
    }
    for secret in secrets { secret.write(format, style: .kubeseal) }
  }

  private static func output(_ flags: KubesealFlags) -> String? { flags.text("sealed-secret-file") }
}
