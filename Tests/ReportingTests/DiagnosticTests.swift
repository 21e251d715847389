/// How an error reads: its place, what is wrong, what was not changed, and what to do.

import Foundation
import Reporting
import Testing
import YAML

@testable import Files

@Suite("Diagnostics")
struct DiagnosticTests {
  private let place = Location(line: 3, column: 7)

  /// The only part of an error.
  private func part(_ error: CommandError) throws -> Diagnostic {
    #expect(error.diagnostics.count == 1)
    return try #require(error.diagnostics.first)
  }

  private func fileError(_ code: Int32, _ operation: String = "open") -> CommandError {
    CommandError(FileError(operation, "a/b", code: code), what: "cannot read")
  }

  @Test("a message begins with as much of its place as is known")
  func text() {
    func text(_ file: String?, _ location: Location?) -> String {
      Diagnostic("is wrong", hint: "h", file: file, location: location).text
    }
    #expect(text("f.yml", place) == "f.yml:3:7: is wrong")
    #expect(text("f.yml", nil) == "f.yml: is wrong")
    #expect(text(nil, place) == "3:7: is wrong")
    #expect(text(nil, nil) == "is wrong")
  }

  @Test("a refusal of one step says that the others are taken, and keeps its place and hint")
  func leftAsItIs() {
    let left = Diagnostic("is wrong", hint: "h", file: "f.yml", location: place).leftAsItIs
    #expect(
      left.text
        == "f.yml:3:7: is wrong; it is left unchanged, and the other steps are taken")
    #expect(left.hint == "h")
    #expect(Diagnostic("is wrong", hint: nil).leftAsItIs.hint == nil)
  }

  @Test("an error has status 1 and says that nothing was written, unless it says otherwise")
  func defaults() throws {
    let plain = CommandError("m", hint: "h", file: "f", location: place)
    #expect(plain.status == 1 && plain.consequence == "nothing was written")
    #expect(try part(plain).text == "f:3:7: m" && part(plain).hint == "h")
    let other = CommandError("m", hint: nil, consequence: nil, status: 64)
    #expect(other.status == 64 && other.consequence == nil)
    let several = CommandError([Diagnostic("a", hint: nil), Diagnostic("b", hint: nil)])
    #expect(several.diagnostics.map(\.text) == ["a", "b"])
    #expect(several.status == 1 && several.consequence == "nothing was written")
    let silent = CommandError([], consequence: "half", status: 2)
    #expect(silent.diagnostics.isEmpty && silent.status == 2 && silent.consequence == "half")
  }

  @Test("a fault in a text has the hint of the caller, else its own, else one for every file")
  func yamlError() throws {
    let plain = YAMLError("is wrong", at: place)
    let own = YAMLError("is wrong", at: place, hint: "own")
    #expect(
      try part(CommandError(plain, file: "f")).hint
        == "correct the file and run the command again")
    #expect(try part(CommandError(own, file: "f")).hint == "own")
    #expect(try part(CommandError(own, file: "f", hint: "caller")).hint == "caller")
    #expect(try part(CommandError(plain, file: "f", hint: "caller")).hint == "caller")
    #expect(try part(CommandError(own, file: "f")).text == "f:3:7: is wrong")
  }

  @Test("what the editor refuses is to be done by hand")
  func editRefusal() throws {
    let refusal = EditRefusal(message: "is an alias", location: place)
    let part = try part(CommandError(refusal, file: "k.yml", by: "write it out"))
    #expect(part.text == "k.yml:3:7: cannot be edited here: is an alias")
    #expect(part.hint == "write it out")
  }

  @Test("a path that leaves the workspace is told from a file that is read badly")
  func leavesFolder() throws {
    for code in [EXDEV, ELOOP] {
      let part = try part(fileError(code))
      #expect(part.text == "cannot read 'a/b': leads out of the workspace")
      #expect(part.hint?.hasPrefix("keep the path inside the workspace:") == true)
    }
    for error in [fileError(ELOOP, "stat"), fileError(EACCES)] {
      let part = try part(error)
      #expect(part.hint == "check the file and its permissions")
      #expect(!part.text.contains("leads out"))
    }
  }

  @Test(
    "a file that cannot be read has the system's reason, and a hint for that reason",
    arguments: [
      (ENOENT, "No such file or directory", "check the path; it is relative to the workspace"),
      (
        EFBIG, "File too large",
        "check that it is the right file; such a file has a few kilobytes"
      ),
      (EACCES, "Permission denied", "check the file and its permissions"),
      (ENOTDIR, "Not a directory", "check the file and its permissions"),
    ])
  func fileErrors(code: Int32, reason: String, hint: String) throws {
    let part = try part(fileError(code))
    #expect(part.text == "cannot read 'a/b': \(reason)")
    #expect(part.hint == hint)
  }

  @Test("an unreadable file is reported where another file names it")
  func namedElsewhere() throws {
    let error = CommandError(
      FileError("open", "a/b", code: ENOENT), what: "cannot open", file: "k.yml", location: place)
    #expect(
      try part(error).text == "k.yml:3:7: cannot open 'a/b': No such file or directory")
    #expect(error.status == 1 && error.consequence == CommandError.nothingWritten)
  }
}
