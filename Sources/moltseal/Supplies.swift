/// Supplied values: from a file or standard input, from their variable, or from a prompt.

internal import Cryptography
internal import Glibc
internal import Processes
internal import Secrets
internal import Text
internal import Workspace

final class Supplies {
  private var files: [String: String] = [:]
  /// What was read already, for several environments.
  private var known: [String: (SecretBytes, source: String)] = [:]

  /// - Parameter arguments: `NAME=@FILE`, as `--supply` has them.
  /// - Parameter git: the repository that no such file belongs into.
  init(_ arguments: [String], workspace: Workspace, git: GitRepository?) throws {
    for argument in arguments {
      let parts = argument.pieces(between: "=", atMost: 2)
      guard parts.count == 2, let file = parts[1].without(prefix: "@"), !file.isEmpty else {
        throw CommandError(
          "--supply takes NAME=@FILE",
          hint:
            "a value in an argument would be seen by every process; put it into a file, or use @-",
          status: 64)
      }
      guard let credential = workspace.credential(parts[0]), credential.isSupplied else {
        throw CommandError(
          "no supplied credential is named '\(parts[0])'",
          hint:
            "supplied are: \(workspace.credentials.filter(\.isSupplied).map(\.name).joined(separator: ", "))"
        )
      }
      if file == "-", files.values.contains("-") {
        throw CommandError("standard input can supply one value", hint: nil, status: 64)
      }
      files[parts[0]] = file
      if file != "-", let git, try git.wouldTake(file) {
        Terminal.warning(
          "'\(file)' lies in the repository, in plain text, and nothing keeps git from taking it; keep it elsewhere, or add it to .gitignore"
        )
      }
    }
  }

  /// Credentials that the command line names, which are wanted even where their items exist.
  var names: [String] { files.keys.sorted() }

  /// The values that are at hand for `needed` and `wanted`; only a needed one is asked for.
  ///
  /// - Parameter isLast: whether nobody asks again, so that nothing is kept.
  func values(
    needed: [String], wanted: [String], workspace: Workspace, isLast: Bool
  ) throws -> [String: SecretBytes] {
    defer {
      if isLast {
        known = [:]
        Surroundings.forgetSuppliedValues()
      }
    }
    var values: [String: SecretBytes] = [:]
    for name in needed + wanted {
      guard let credential = workspace.credential(name) else { continue }
      guard
        let (value, source) = try known[name]
          ?? value(of: credential, asks: needed.contains(name))
      else { continue }
      if !isLast { known[name] = (value, source) }
      do throws(SuppliedValue.Fault) {
        try SuppliedValue.check(value)
      } catch {
        throw CommandError(
          "the value of '\(name)' from \(source) \(error.message)",
          hint: error == .trailingNewline
            ? "supply it at the prompt, or write the file without a last line end (an editor's 'noeol', tr -d '\\n')"
            : "supply the value that was issued")
      }
      values[name] = value
    }
    return values
  }

  private func value(
    of credential: Credential, asks: Bool
  ) throws -> (SecretBytes, source: String)? {
    if let file = files[credential.name] {
      return (try PlainFile.readSecret(file), file == "-" ? "standard input" : "'\(file)'")
    }
    if let value = Surroundings.suppliedValue(credential.variable) {
      return (value, credential.variable)
    }
    guard asks, let value = try Prompt.secret("value of \(credential.name)"), value.count > 0 else {
      return nil
    }
    return (value, "the prompt")
  }
}
