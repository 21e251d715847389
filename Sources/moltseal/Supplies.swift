/// Supplied values: from a file or standard input, from their variable, or from a prompt.

internal import Credentials
internal import Cryptography
internal import Glibc

struct Supplies {
  private var files: [String: String] = [:]

  /// - Parameter arguments: `NAME=@FILE`, as `--supply` has them.
  init(_ arguments: [String], workspace: Workspace) throws {
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, parts[1].hasPrefix("@"), parts[1].count > 1 else {
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
      let file = String(parts[1].dropFirst())
      if file == "-", files.values.contains("-") {
        throw CommandError("standard input can supply one value", hint: nil, status: 64)
      }
      files[parts[0]] = file
    }
  }

  /// Credentials that the command line names, which are wanted even where their items exist.
  var names: [String] { files.keys.sorted() }

  /// The values that are at hand for `needed` and `wanted`; only a needed one is asked for.
  func values(
    needed: [String], wanted: [String], workspace: Workspace
  ) throws -> [String: SecretBytes] {
    var values: [String: SecretBytes] = [:]
    for name in needed + wanted {
      guard let credential = workspace.credential(name) else { continue }
      guard let (value, source) = try value(of: credential, asks: needed.contains(name)) else {
        continue
      }
      do throws(SuppliedValue.Fault) {
        try SuppliedValue.check(value)
      } catch {
        throw CommandError(
          "the value of '\(name)' from \(source) \(error.message)",
          hint: error == .trailingNewline
            ? "write it without one: printf %s VALUE > FILE" : "supply the value that was issued")
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
    if let value = Environment.takeSecret(credential.variable) {
      return (value, credential.variable)
    }
    guard asks, let value = try Prompt.secret("value of \(credential.name)"), value.count > 0 else {
      return nil
    }
    return (value, "the prompt")
  }
}

/// Questions on the terminal, without echo.
enum Prompt {
  /// What is typed, without its line break; nil where there is no terminal.
  ///
  /// - Throws: `CommandError` for more than one line, of which only a part would be taken.
  static func secret(_ question: String) throws -> SecretBytes? {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else { return nil }
    defer { close(terminal) }
    var before = termios()
    guard tcgetattr(terminal, &before) == 0 else { return nil }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    // An interrupt ends the reading, and the process once the echo is back.
    var interrupt = sigaction()
    interrupt.__sigaction_handler.sa_handler = { _ in }
    sigaction(SIGINT, &interrupt, nil)
    guard tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else { return nil }
    let text = "moltseal: \(question): "
    _ = write(terminal, text, text.utf8.count)
    var count = 0
    var isWhole = false
    let line = SecretBytes(count: 4096) { buffer in
      count = read(terminal, buffer.baseAddress, buffer.count)
      isWhole = count > 0 && buffer[count - 1] == 10
      while count > 0, buffer[count - 1] == 10 || buffer[count - 1] == 13 { count -= 1 }
    }
    // Lines that were pasted after the first come at once.
    var pending = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
    if isWhole, poll(&pending, 1, 50) > 0 { isWhole = false }
    _ = write(terminal, "\n", 1)
    tcsetattr(terminal, TCSAFLUSH, &before)
    signal(SIGINT, SIG_DFL)
    guard count >= 0 else {
      raise(SIGINT)
      return nil
    }
    guard isWhole || count == 0 else {
      throw CommandError(
        "the prompt takes one line of at most 4000 characters",
        hint: "put the value into a file: --supply NAME=@FILE")
    }
    return line.withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }
}
