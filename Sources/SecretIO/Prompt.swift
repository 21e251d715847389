/// Prompts on the terminal without echo, which is restored however the process ends.

internal import CProcess
internal import Cryptography
internal import Glibc
internal import Processes
internal import Reporting
internal import Synchronization

enum Prompt {
  /// The longest line, in bytes; a longer one is refused, never truncated.
  private static let limit = 1 << 16

  /// Returns what the user types, without its line break, or nil without a terminal.
  ///
  /// The terminal delivers single characters, because its own lines end at 4,095 bytes.
  ///
  /// - Throws: `CommandError` for more than one line, because only a part would be used.
  static func secret(_ question: String) throws -> SecretBytes? {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else { return nil }
    defer { close(terminal) }
    var before = termios()
    guard tcgetattr(terminal, &before) == 0 else { return nil }
    while true {
      var ending = Ending.line
      var count = 0
      let typed = SecretBytes(count: limit) { buffer in
        var line = Line(buffer)
        ending = ask(question, on: terminal, before, &line)
        count = line.count
      }
      switch ending {
      case .signal(let number):
        // The echo is restored, so the signal can take its usual effect. After one that only stops
        // the process, the prompt appears again when the process continues.
        raise(number)
        guard [SIGTSTP, SIGTTIN, SIGTTOU].contains(number) else { return nil }
      case .failed: return nil
      case .hungUp:
        throw CommandError(
          "the terminal closed before the line was complete",
          hint: "put the value into a file: \(CLI.supply) NAME=@FILE")
      case .severalLines: throw tooMuch
      case .line:
        guard count <= limit else { throw tooMuch }
        return typed.withBytes {
          SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
      }
    }
  }

  private static var tooMuch: CommandError {
    CommandError(
      "the prompt takes one line of at most \(limit) characters",
      hint: "put the value into a file: \(CLI.supply) NAME=@FILE")
  }

  private enum Ending {
    /// A line that nothing followed.
    case line
    /// A line, and more behind it.
    case severalLines
    case signal(Int32)
    /// The terminal closed, so the line is incomplete.
    case hungUp
    /// The echo could not be switched off, and nothing was asked.
    case failed
  }

  private static func ask(
    _ question: String, on terminal: Int32, _ before: termios, _ line: inout Line
  ) -> Ending {
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO | ICANON)
    withUnsafeMutableBytes(of: &silent.c_cc) { characters in
      characters[Int(VMIN)] = 1
      characters[Int(VTIME)] = 0
    }
    moltseal_hold_signals()
    defer { moltseal_release_signals() }
    let restore: @Sendable () -> Void = {
      var before = before
      tcsetattr(terminal, TCSAFLUSH, &before)
      write("\n", terminal)
    }
    return Interrupts.restoring(restore) {
      var before = before
      defer { tcsetattr(terminal, TCSAFLUSH, &before) }
      guard tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else { return .failed }
      write("moltseal: \(question): ", terminal)
      defer { write("\n", terminal) }
      return read(&line, from: terminal, before)
    }
  }

  /// Reads what is typed up to the end of the line, or to a signal.
  private static func read(
    _ line: inout Line, from terminal: Int32, _ settings: termios
  ) -> Ending {
    let erase = withUnsafeBytes(of: settings.c_cc) { $0[Int(VERASE)] }
    let kill = withUnsafeBytes(of: settings.c_cc) { $0[Int(VKILL)] }
    let end = withUnsafeBytes(of: settings.c_cc) { $0[Int(VEOF)] }
    while true {
      let isReady = moltseal_wait_readable(terminal, -1)
      let number = moltseal_take_signal()
      if number != 0 { return .signal(number) }
      guard isReady > 0 else {
        if isReady < 0, errno != EINTR { return .hungUp }
        continue
      }
      var character: UInt8 = 0
      let count = Glibc.read(terminal, &character, 1)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count == 1 else { return .hungUp }
      switch character {
      // Lines pasted after the first one arrive at once.
      case 10, 13: return moltseal_wait_readable(terminal, 50) <= 0 ? .line : .severalLines
      case end: if line.count == 0 { return .line }
      case erase, 8, 127: line.removeCharacter()
      case kill: line.removeAll()
      default: line.append(character)
      }
      character = 0
    }
  }

  private static func write(_ text: String, _ terminal: Int32) {
    _ = Glibc.write(terminal, text, text.utf8.count)
  }

  /// The line typed so far, in memory that its owner wipes.
  private struct Line {
    private let buffer: UnsafeMutableRawBufferPointer
    /// The number of typed bytes, including those that did not fit.
    private(set) var count = 0

    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    mutating func append(_ byte: UInt8) {
      if count < buffer.count { buffer[count] = byte }
      count += 1
    }

    /// Removes the last character, with all of its UTF-8 bytes.
    mutating func removeCharacter() {
      while count > 0 {
        count -= 1
        if count >= buffer.count || buffer[count] & 0xC0 != 0x80 { return }
      }
    }

    mutating func removeAll() { count = 0 }
  }
}
