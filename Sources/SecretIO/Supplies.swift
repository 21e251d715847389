/// Supplied values: from a file or standard input, from an environment variable, or from a prompt.

package import Cryptography
internal import Glibc
package import Processes
internal import Reporting
internal import Repository
internal import Secrets
internal import Text
package import Workspace

/// The values of supplied credentials for one run of the program.
package final class Supplies {
  /// Whether values are asked for again.
  package enum Use {
    /// Other calls follow, and get the same values.
    case notLast
    /// No call follows, so that nothing is kept.
    case last
  }

  private var files: [String: String] = [:]
  /// The values that were already read, for several environments.
  private var known: [String: (SecretBytes, source: String)] = [:]

  /// - Parameter arguments: the `NAME=@FILE` arguments of `--supply`.
  /// - Parameter git: the repository, in which such a file does not belong.
  package init(_ arguments: [String], workspace: Workspace, git: GitRepository?) throws {
    for argument in arguments {
      let parts = argument.pieces(between: "=", atMost: 2)
      guard parts.count == 2, let file = parts[1].without(prefix: "@"), !file.isEmpty else {
        throw CommandError(
          "\(CLI.supply) takes NAME=@FILE",
          hint:
            "put the value into a file, or use @-; every process can see an argument",
          status: 64)
      }
      guard let credential = workspace.credential(parts[0]), credential.isSupplied else {
        throw CommandError(
          "no supplied credential is named '\(parts[0])'",
          hint:
            "the supplied credentials are: \(workspace.credentials.filter(\.isSupplied).map(\.name).joined(separator: ", "))"
        )
      }
      if file == "-", files.values.contains("-") {
        throw CommandError("standard input can supply only one value", hint: nil, status: 64)
      }
      files[parts[0]] = file
      if file != "-", let git, try git.wouldTake(file) {
        Notices.warn(
          "'\(file)' is in the repository in plain text, and git does not ignore it; move it elsewhere, or add it to .gitignore"
        )
      }
    }
  }

  /// The credentials named on the command line, which are wanted even if their items exist.
  package var names: [String] { files.keys.sorted() }

  /// Returns the available values for `needed` and `wanted`; it prompts only for needed ones.
  ///
  /// - Parameter use: whether other calls follow.
  /// - Throws: `CommandError` for a value that cannot be read, or that is none.
  package func values(
    needed: [String], wanted: [String], workspace: Workspace, _ use: Use
  ) throws -> [String: SecretBytes] {
    defer {
      if use == .last {
        known = [:]
        SuppliedVariables.forget()
      }
    }
    var values: [String: SecretBytes] = [:]
    for name in needed + wanted {
      guard let credential = workspace.credential(name) else { continue }
      guard
        let (value, source) = try known[name] ?? given(credential)
          ?? (needed.contains(name) ? prompted(credential) : nil)
      else { continue }
      if use == .notLast { known[name] = (value, source) }
      do throws(SuppliedValue.Fault) {
        try SuppliedValue.check(value)
      } catch {
        throw CommandError(
          "the value of '\(name)' from \(source) \(error.message)",
          hint: error == .trailingNewline
            ? "supply it at the prompt, or write the file without a final line break (an editor's 'noeol', tr -d '\\n')"
            : "supply the value that was issued")
      }
      values[name] = value
    }
    return values
  }

  /// The value in the file or in the variable of a credential; nil if there is neither.
  private func given(_ credential: Credential) throws -> (SecretBytes, source: String)? {
    if let file = files[credential.name] {
      return (try PlainFile.readSecret(file), file == "-" ? "standard input" : "'\(file)'")
    }
    if let value = SuppliedVariables.value(credential.variable) {
      return (value, credential.variable)
    }
    return nil
  }

  /// What the user types; nil without a terminal, and for an empty line.
  private func prompted(_ credential: Credential) throws -> (SecretBytes, source: String)? {
    guard let value = try Prompt.secret("value of \(credential.name)"), value.count > 0 else {
      return nil
    }
    return (value, "the prompt")
  }
}
