/// Lines for a terminal: blank ones, columns, commands, and nothing that moves the cursor.

import Testing

@testable import Reports

@Suite("Screens")
struct ScreenTests {
  private func screen(_ body: (inout Screen) -> Void) -> [Screen.Line] {
    var screen = Screen()
    body(&screen)
    return screen.lines
  }

  @Test("a blank line is neither first nor doubled")
  func blanks() {
    let lines = screen { screen in
      screen.blank()
      screen.line("a")
      screen.blank()
      screen.blank()
      screen.line("b")
      screen.blank()
    }
    #expect(lines.map(\.text) == ["a", "", "b", ""])
    #expect(
      screen {
        $0.line("")
        $0.blank()
      }.count == 1)
  }

  @Test("a line has its hang and its state, and is no command")
  func line() {
    let lines = screen {
      $0.line("a")
      $0.line("b", hang: 4, state: .refused)
    }
    #expect(lines.map(\.hang) == [0, 4] && lines.map(\.state) == [nil, .refused])
    #expect(lines.allSatisfy { !$0.isCommand })
  }

  @Test("a table has columns as wide as what another cell follows, and hangs at the last one")
  func table() {
    let lines = screen {
      $0.table([(["a", "bb", "x"], .done), (["cccc", "d", "y"], nil), (["a long cell"], .waits)])
    }
    #expect(lines.map(\.text) == ["  a     bb  x", "  cccc  d   y", "  a long cell"])
    #expect(lines.map(\.state) == [.done, nil, .waits])
    #expect(lines.allSatisfy { $0.hang == 12 })
  }

  @Test("rows without a state have none")
  func plain() {
    let lines = screen { $0.table([["a", "b"], ["c"]]) }
    #expect(lines.map(\.text) == ["  a  b", "  c"] && lines.allSatisfy { $0.state == nil })
  }

  @Test("a command is indented, and is not broken")
  func command() {
    let lines = screen { $0.command("moltseal status") }
    #expect(lines.map(\.text) == ["  moltseal status"] && lines.map(\.isCommand) == [true])
  }

  @Test("control characters are escaped wherever they come from")
  func control() {
    let lines = screen {
      $0.line("a\u{1B}[2Jb")
      $0.table([["\n", "\u{202E}"]])
      $0.command("\r")
    }
    #expect(lines.map(\.text) == ["a\\u{1b}[2Jb", "  \\u{a}  \\u{202e}", "  \\u{d}"])
    #expect(lines[1].hang == 9, "columns are as wide as they are shown")
  }

  @Test("a noun is in the plural for every number but one")
  func nouns() {
    #expect(counted(1, "item") == "1 item")
    #expect(counted(0, "item") == "0 items" && counted(2, "item") == "2 items")
    #expect(counted(1, "step waits", "steps wait") == "1 step waits")
    #expect(counted(2, "step waits", "steps wait") == "2 steps wait")
  }

  @Test("a fingerprint is shortened only if something is left out")
  func fingerprints() {
    #expect(Fingerprint.short("sha256:0123456789abcdef") == "sha256:0123456789ab…")
    #expect(Fingerprint.short("sha256:0123456789ab") == "sha256:0123456789ab")
    #expect(Fingerprint.short("") == "")
  }
}
