/// The command lines of `seal` and `merge`, read with kubeseal's table of flags.
///
/// ArgumentParser has their help, their completions and the messages for what cannot be read; what
/// can be read is read here, as it is under the name kubeseal, and in a tenth of the time.

internal import ArgumentParser
internal import Manifests
internal import Operations
internal import Sealing
internal import Text

enum SealingFlags {
  /// kubeseal's own that make sense without a cluster, and moltseal's.
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
  /// Those of `seal` that `merge` has not: it keeps the name and the format of its target.
  private static let ofSealAlone = ["format", "from-file", "name", "raw", "sealed-secret-file"]

  /// Runs `seal` or `merge`, unless the line asks for help or cannot be read.
  ///
  /// - Returns: whether it did.
  static func runs(_ words: [String]) throws -> Bool {
    guard let command = words.first, ["seal", "merge"].contains(command) else { return false }
    // What the other commands call it is understood here too.
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
        error.message, hint: "see moltseal \(command) --help", status: 64)
    }
    try flags.checkVariables()
    if let folder = flags.text("") { try GlobalOptions.enter(folder) }
    // Words that are none of a list are ArgumentParser's to name.
    if let color = flags.text("color") {
      guard let color = ColorChoice(rawValue: color) else { return false }
      Terminal.color = color
    }
    if let format = flags.text("format"), ManifestFormat(rawValue: format.lowercased()) == nil {
      throw CommandError(
        "'\(format)' is no output format", hint: "it is json or yaml", status: 64)
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
        input: try flags.valueFile(), output: output, scope: flags.scope,
        namespace: flags.text("namespace"), name: flags.text("name"),
        allowsUncommitted: flags.isSet("allow-dirty")
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
      allowsUncommitted: flags.isSet("allow-dirty"))
  }

  private static func certificate(_ flags: KubesealFlags) throws -> SealingCertificate {
    guard let file = flags.text("cert") else {
      throw CommandError(
        "no certificate is given",
        hint: "give --cert FILE; moltseal cert fetch --context C gets the controller's")
    }
    if file.begins(with: "http://") || file.begins(with: "https://") {
      throw CommandError(
        "'\(file)' is an address, which is not fetched: nothing would say whose key it is",
        hint: "save it with curl, compare its fingerprint, and give the file")
    }
    return try SealingCertificate(sealingFor: file.without(prefix: "file://") ?? file)
  }
}
