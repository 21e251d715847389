/// Files that the user names: how much of them is read, and which are not replaced.

import Cryptography
import Foundation
import Reporting
import Repository
import TestSupport
import Testing

@testable import SecretIO

@Suite("Named files")
struct PlainFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Makes a file of zeros that takes no room.
  private func sparse(_ name: String, _ count: Int) throws -> String {
    let path = try folder.write(name, "")
    try #require(truncate(path, off_t(count)) == 0)
    return path
  }

  @Test("standard input has a name, and every other file its own")
  func names() {
    #expect(PlainFile.name("-") == "standard input")
    for name in ["a", "--", "./-", ""] { #expect(PlainFile.name(name) == name) }
  }

  @Test("only standard input can be typed")
  func typed() {
    #expect(!PlainFile.isTyped("/dev/stdin") && !PlainFile.isTyped(folder("-")))
  }

  @Test(
    "every byte is read, across the borders of the chunks",
    arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
  func bytes(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    try Data(bytes).write(to: URL(filePath: folder("a")))
    #expect(try PlainFile.read(folder("a")) == bytes)
    let secret = try PlainFile.readSecret(folder("a"))
    #expect(secret.count == count && secret.withBytes { Array($0) } == bytes)
  }

  @Test("a file of the largest size is read, and one with a byte more is not")
  func limit() throws {
    #expect(PlainFile.limit == 64 << 20)
    #expect(try PlainFile.readSecret(sparse("fits", 64 << 20)).count == 64 << 20)
    let large = try sparse("large", (64 << 20) + 1)
    let error = #expect(throws: CommandError.self) { try PlainFile.readSecret(large) }
    #expect(error?.consequence == nil)
    let part = error?.diagnostics.first
    #expect(part?.text == "\(large): is larger than 64 MiB")
    #expect(part?.hint == "check that it is the right file")
  }

  @Test("a file that cannot be read is reported with the system's reason")
  func unreadable() throws {
    let missing = refusal { try PlainFile.read(folder("none")) }
    #expect(missing.text == "\(folder("none")): cannot be read: No such file or directory")
    #expect(missing.hint == "check the path and its permissions")
    #expect(
      refusal { try PlainFile.readSecret(folder.path) }.text
        == "\(folder.path): cannot be read: Is a directory")
    #expect(
      refusal { try PlainFile.read(folder.write("a", "x") + "/b") }.text
        .hasSuffix("cannot be read: Not a directory"))
  }

  @Test("a folder or a pipe is not replaced by a file")
  func irregular() throws {
    try #require(mkfifo(folder("pipe"), 0o600) == 0)
    for path in [folder.path, folder("pipe")] {
      let (text, hint, _) = refusal {
        try PlainFile.write(path, [1], uncommitted: .overwritten)
      }
      #expect(text == "\(path): is not a regular file that can be replaced")
      #expect(hint == "leave -w out and redirect the output")
    }
  }

  /// In a process of its own, for a lock starts to watch for signals.
  @Test("a file is replaced as a whole, or made")
  func write() async throws {
    try folder.write("a", "a longer text")
    await #expect(processExitsWith: .success) { [path = folder.path as String] in
      for name in ["a", "new"] {
        let path = "\(path)/\(name)"
        try PlainFile.write(path, Array("new".utf8), uncommitted: .refused)
        #expect(try PlainFile.read(path) == Array("new".utf8))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["a", "new"])
    }
  }

  @Test("a file in a folder that is not there cannot be written")
  func noFolder() {
    #expect(
      refusal { try PlainFile.write(folder("none/a"), [1], uncommitted: .refused) }.text
        == "\(folder("none/a")): cannot be written: No such file or directory")
  }
}
