/// The values of the sealing flags, under either name of the program.

internal import ClusterAccess
internal import Kubernetes
internal import Operations
internal import Reporting
internal import Text

extension Surroundings {
  /// Returns the value of a flag's variable, which may be empty; an empty boolean counts as unset.
  static func flagVariable(_ flag: KubesealFlag) -> String? {
    let name = KubesealFlag.variable(of: flag.name)
    guard isSet(name) else { return nil }
    return text(name) ?? (flag.kind == .boolean ? nil : "")
  }
}

extension KubesealFlags {
  /// The scope; an invalid one was refused when the flags were parsed.
  var scope: Scope { text("scope").flatMap { Scope(rawValue: $0) } ?? .strict }

  /// The sealing operation that the flags ask for; the caller sets the name.
  var sealOperation: SealOperation {
    var operation = SealOperation()
    operation.scope = scope
    operation.namespace = text("namespace")
    operation.allowsEmptyData = isSet("allow-empty-data")
    operation.threads = Surroundings.processors
    return operation
  }

  /// Refuses a variable with a value that its flag does not accept.
  func checkVariables() throws {
    guard let variable = refusedVariable else { return }
    throw CommandError(
      "\(variable) has a value that its flag does not accept",
      hint: "correct or unset it; kubeseal would ignore it")
  }

  /// Returns the file of the value for `--raw`; `-` is standard input.
  func valueFile() throws -> String {
    let files = list("from-file")
    guard files.count <= 1 else {
      throw CommandError(
        "must provide only one --from-file when encrypting a single item with --raw",
        hint: "run it once for each value")
    }
    guard text("secret-file") ?? "-" == "-" else {
      throw CommandError("--raw does not read -f", hint: "name the file with --from-file")
    }
    return files.first.map { $0.place(of: "=")?.after ?? $0 } ?? "-"
  }
}

extension Controller {
  /// Looks for the controller under one name, as kubeseal does.
  init(_ flags: KubesealFlags) throws {
    for flag in ["controller-namespace", "controller-name"] where flags.isEmpty(flag) {
      throw CommandError("--\(flag) is empty", hint: "leave it out, or name the controller")
    }
    try self.init(
      try flags.kubectl(), namespace: flags.text("controller-namespace"),
      name: flags.text("controller-name") ?? Controller.defaultNames[0])
  }
}
