/// What the flags of sealing say, whichever name the program was called by.

internal import Kubernetes
internal import Operations
internal import Text

extension Surroundings {
  /// The value of a flag's variable, which may be empty; a boolean that is empty says nothing.
  static func flagVariable(_ flag: KubesealFlag) -> String? {
    let name = KubesealFlag.variable(of: flag.name)
    guard isSet(name) else { return nil }
    return text(name) ?? (flag.kind == .boolean ? nil : "")
  }
}

extension KubesealFlags {
  /// The scope; what is none was refused when the flags were read.
  var scope: Scope { text("scope").flatMap { Scope(rawValue: $0) } ?? .strict }

  /// What is sealed, and for whom; the name is left to the caller.
  var sealOperation: SealOperation {
    var operation = SealOperation()
    operation.scope = scope
    operation.namespace = text("namespace")
    operation.allowsEmptyData = isSet("allow-empty-data")
    operation.threads = Surroundings.processors
    return operation
  }

  /// Refuses a variable with a value that its flag does not take.
  func checkVariables() throws {
    guard let variable = refusedVariable else { return }
    throw CommandError(
      "\(variable) has a value that its flag does not take",
      hint: "correct or unset it; kubeseal goes on as if it were not there")
  }

  /// The file of the one value of `--raw`; `-` for standard input.
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
