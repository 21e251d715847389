/// Which bytes git has, so that a change may overwrite them.

import Files
import Foundation
import Processes
import TestSupport
import Testing

@testable import Repository

@Suite("Committed bytes")
struct CommittedStateTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Which of these files git does not have, with the bytes that were read.
  private func uncommitted(
    _ files: [(String, String?)], in name: String = "r", of git: GitRepository
  ) throws -> [String] {
    let changes = files.map { path, old in
      FileChange(path: path, old: old.map { Array($0.utf8) }, new: [])
    }
    return try CommittedState(changes.map(\.path), in: folder(name), of: git)
      .uncommitted(changes)
  }

  @Test("a file may be overwritten if HEAD and the index have its bytes")
  func committed() throws {
    let git = try folder.repository("r", ["a": "one\n", "sub/b": "two\n", "c": "three\n"])
    #expect(try uncommitted([("a", "one\n"), ("sub/b", "two\n"), ("c", "three\n")], of: git) == [])
    #expect(
      try uncommitted([("a", "one\n"), ("sub/b", "one\n"), ("c", "three")], of: git)
        == ["sub/b", "c"])
    #expect(try uncommitted([("b", "two\n")], in: "r/sub", of: git) == [])
    #expect(try uncommitted([("a", "one\n")], in: "r/sub", of: git) == ["a"])
  }

  @Test("a new file may be written where git has none")
  func absent() throws {
    let git = try folder.repository("r", ["a": "one\n"])
    #expect(try uncommitted([("new", nil)], of: git) == [])
    #expect(try uncommitted([("a", nil)], of: git) == ["a"])
    try folder.write("r/staged", "x")
    try folder.git("r", "add", "staged")
    #expect(try uncommitted([("staged", nil)], of: git) == ["staged"])
    try folder.git("r", "rm", "-q", "--cached", "a")
    #expect(try uncommitted([("a", nil)], of: git) == ["a"])
  }

  @Test("a file that is untracked, staged or no longer in the index is not committed")
  func staged() throws {
    let git = try folder.repository("r", ["a": "one\n", "b": "two\n"])
    #expect(try uncommitted([("other", "x")], of: git) == ["other"])
    try folder.write("r/a", "new\n")
    try folder.git("r", "add", "a")
    #expect(try uncommitted([("a", "new\n")], of: git) == ["a"])
    #expect(try uncommitted([("a", "one\n")], of: git) == ["a"])
    try folder.git("r", "rm", "-q", "--cached", "b")
    #expect(try uncommitted([("b", "two\n")], of: git) == ["b"])
  }

  @Test(
    "different line ends alone are no change",
    arguments: [
      ("one\r\ntwo\r\n", true), ("one\r\ntwo\n", true), ("one\ntwo\n", true),
      ("one\rtwo\n", false), ("one\ntwo\r", false), ("one\ntwo\n\r", false),
      ("one\r\r\ntwo\n", false), ("one\r\nTwo\r\n", false), ("one\r\ntwo", false),
    ])
  func lineEnds(text: String, isCommitted: Bool) throws {
    let git = try folder.repository("r", ["a": "one\ntwo\n"])
    #expect(try uncommitted([("a", text)], of: git) == (isCommitted ? [] : ["a"]))
  }

  @Test("line ends that are committed as CRLF are not those of LF")
  func committedCRLF() throws {
    let git = try folder.repository("r", ["a": "one\r\n"])
    #expect(try uncommitted([("a", "one\r\n")], of: git) == [])
    #expect(try uncommitted([("a", "one\n")], of: git) == ["a"])
  }

  @Test("no side of a conflict is committed, though it has the bytes of HEAD")
  func conflict() throws {
    let git = try folder.repository("r", ["a": "one\n", "b": "two\n"])
    let blob = try folder.git("r", "rev-parse", "HEAD:a")
    let none = String(repeating: "0", count: blob.utf8.count)
    let sides = (1...3).map { "100644 \(blob) \($0)\ta\n" }.joined()
    try folder.git("r", "update-index", "--index-info", input: "0 \(none)\ta\n" + sides)
    #expect(try uncommitted([("a", "one\n"), ("b", "two\n")], of: git) == ["a"])
  }

  @Test("an executable file is a file, and a link is none")
  func modes() throws {
    let git = try folder.repository("r")
    try folder.write("r/run", "x\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: folder("r/run"))
    try FileManager.default.createSymbolicLink(
      atPath: folder("r/link"), withDestinationPath: "run")
    try folder.commit("r")
    #expect(try uncommitted([("run", "x\n"), ("link", "run")], of: git) == ["link"])
  }

  @Test("a repository without a commit has no committed file")
  func unborn() throws {
    let git = try folder.repository("r")
    try folder.write("r/a", "one\n")
    #expect(try uncommitted([("a", "one\n"), ("b", nil)], of: git) == ["a"])
    try folder.git("r", "add", "a")
    #expect(try uncommitted([("a", "one\n"), ("b", nil)], of: git) == ["a"])
  }

  @Test("a name is a name: no pattern, and no other spelling of its characters")
  func names() throws {
    let git = try folder.repository("r", ["ab": "one\n", "caf\u{E9}": "two\n"])
    #expect(try uncommitted([("a*", nil), ("?b", nil), ("cafe\u{301}", nil)], of: git) == [])
    #expect(try uncommitted([("caf\u{E9}", "two\n")], of: git) == [])
  }

  @Test("git knows a file that is committed or staged, and no other")
  func known() throws {
    let git = try folder.repository("r", ["a": "one\n"])
    func isKnown(_ path: String) throws -> Bool {
      try CommittedState([path], in: folder("r"), of: git).isKnown()
    }
    try folder.write("r/b", "x")
    #expect(try isKnown("a") && !isKnown("b") && !isKnown("none"))
    try folder.git("r", "add", "b")
    try folder.git("r", "rm", "-q", "--cached", "a")
    #expect(try isKnown("a") && isKnown("b"))
  }
}
