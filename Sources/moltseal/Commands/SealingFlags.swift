/// The command lines of `seal` and `merge`, parsed with kubeseal's table of flags.
///
/// ArgumentParser has their help, their completions, and the errors for invalid command lines.
/// Valid command lines are parsed here, as under the name kubeseal, and ten times faster.

internal import ArgumentParser
internal import ClusterAccess
internal import Manifests
internal import Operations
internal import Reporting
internal import Repository
internal import Text

enum SealingFlags {
  /// kubeseal's flags that make sense without a cluster, and moltseal's own.
  private static let table: [KubesealFlag] = {
    let shared = [
      "allow-empty-data", "cert", "format", "from-file", "name", "namespace", "raw", "scope",
      "sealed-secret-file", "secret-file",
    ]
    return KubesealFlags.all.filter { shared.contains($0.name) } + own
  }()
  private static let own: [KubesealFlag] = [
    .init(name: "allow-dirty", kind: .boolean, hasVariable: false),
    .init(name: "color", kind: .text, hasVariable: false),
    .init(name: "", kind: .text, short: "C", hasVariable: false),
  ]
  /// Flags of `seal` that `merge` lacks, because it keeps the name and format of its target.
  private static let ofSealAlone = ["format", "from-file", "name", "raw", "sealed-secret-file"]

  /// Runs `seal` or `merge`, unless the command line asks for help or cannot be parsed.
  ///
  /// - Returns: whether it ran the command.
  static func runs(_ words: [String]) throws -> Bool {
    guard let command = words.first, ["seal", "merge"].contains(command) else { return false }
    // Accept the name that the other commands use for this flag.
    let rest = words.dropFirst().map { word in
      word === "--certificate"
        ? "--cert" : word.without(prefix: "--certificate=").map { "--cert=\($0)" } ?? word
    }
    guard !rest.contains(where: { ["-h", "--help", "--help-hidden"].contains($0) }) else {
      return false
    }
    let known =
      command == "seal" ? table : table.filter { !ofSealAlone.contains($0.name) }
    let flags: KubesealFlags
    do throws(KubesealFlags.UsageError) {
      flags = try KubesealFlags(rest, known: known, variable: Surroundings.flagVariable)
    } catch {
      throw CommandError(
        error.message, hint: "run moltseal \(command) --help", status: 64)
    }
    try flags.checkVariables()
    if let folder = flags.text("") { try GlobalOptions.enter(folder) }
    // ArgumentParser reports an unknown word for `--color`.
    if let color = flags.text("color") {
      guard let color = ColorChoice(rawValue: color) else { return false }
      Terminal.color = color
    }
    if let format = flags.text("format"), ManifestFormat(rawValue: format.lowercased()) == nil {
      throw CommandError(
        "'\(format)' is not an output format", hint: "use json or yaml", status: 64)
    }
    switch (command, flags.arguments.count) {
    case ("seal", 0): try seal(flags)
    case ("merge", 1): try merge(flags)
    default: return false
    }
    return true
  }

  private static func seal(_ flags: KubesealFlags) throws {
    let files = flags.list("from-file")
    if !files.isEmpty, !flags.isSet("raw") {
      throw CommandError("--from-file needs --raw", hint: "or give the Secret with -f", status: 64)
    }
    let certificate = try certificate(flags)
    let output = flags.text("sealed-secret-file")
    if flags.isSet("raw") {
      return try RawSealRequest(
        input: try flags.valueFile(), output: output,
        binding: .init(
          flags.scope, namespace: flags.text("namespace"), name: flags.text("name")),
        uncommitted: uncommitted(flags)
      ).run(for: certificate)
    }
    var request = request(flags)
    request.operation.name = flags.text("name")
    request.output = output
    request.format = try ManifestFormat.sealing(flags.text("format"), output: output)
    try request.run(for: certificate)
  }

  private static func merge(_ flags: KubesealFlags) throws {
    let certificate = try certificate(flags)
    try MergeRequest(seal: request(flags), target: flags.arguments[0]).run(for: certificate)
  }

  private static func request(_ flags: KubesealFlags) -> SealRequest {
    SealRequest(
      input: flags.text("secret-file") ?? "-", operation: flags.sealOperation,
      uncommitted: uncommitted(flags))
  }

  /// What becomes of bytes that git does not have.
  private static func uncommitted(_ flags: KubesealFlags) -> Uncommitted {
    flags.isSet("allow-dirty") ? .overwritten : .refused
  }

  private static func certificate(_ flags: KubesealFlags) throws -> SealingCertificate {
    guard let file = flags.text("cert") else {
      throw CommandError(
        "no certificate was given",
        hint: "pass --cert FILE; moltseal cert fetch --context C fetches the controller's")
    }
    if file.begins(with: "http://") || file.begins(with: "https://") {
      throw CommandError(
        "'\(file)' is a URL, which is not fetched: nothing would show whose key it is",
        hint: "save it with curl, compare its fingerprint, and pass the file")
    }
    return try SealingCertificate(sealingFor: file.without(prefix: "file://") ?? file)
  }
}
