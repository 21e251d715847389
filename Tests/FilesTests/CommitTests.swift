/// All old or all new, wherever the process dies.

import Foundation
import Testing
import Files

@Suite("Commit")
struct CommitTests {
  /// A digest for tests alone; the shell passes SHA-256.
  @Sendable static func digest(_ bytes: [UInt8]) -> String {
    "fnv:"
      + String(
        bytes.reduce(14_695_981_039_346_656_037 as UInt64) {
          ($0 ^ UInt64($1)) &* 1_099_511_628_211
        })
  }

  static func makeFolder() throws -> String {
    let url = FileManager.default.temporaryDirectory.appending(
      path: "moltseal-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try Data("old a".utf8).write(to: url.appending(path: "a"))
    try Data("old b".utf8).write(to: url.appending(path: "b"))
    return url.path
  }

  static func changes() -> ChangeSet {
    var changes = ChangeSet()
    changes.add(FileChange(path: "sub/new", old: nil, new: Array("new file".utf8)))
    changes.add(FileChange(path: "a", old: Array("old a".utf8), new: Array("new a".utf8)))
    changes.add(FileChange(path: "b", old: Array("old b".utf8), new: Array("new b".utf8)))
    return changes
  }

  static func committer(_ folder: String, step: @escaping (String) -> Void = { _ in }) throws
    -> Committer
  {
    Committer(
      folder: try WorkspaceFolder(folder),
      place: CommitPlace(journal: JournalPlace(base: folder, names: [".journal"])),
      digest: digest, step: step)
  }

  /// The contents of the three files, `-` where there is none.
  static func contents(_ folder: String) -> [String] {
    ["sub/new", "a", "b"].map { name in
      (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? "-"
    }
  }

  static let old = ["-", "old a", "old b"]
  static let new = ["new file", "new a", "new b"]
  static let steps = [
    "checked", "planned", "saved-2", "saved-3", "staged-1", "staged-2", "staged-3", "committed",
    "renamed-1", "renamed-2", "renamed-3", "synced", "cleaned",
  ]

  @Test("the steps are these, in this order")
  func stepsInOrder() throws {
    let folder = try Self.makeFolder()
    var seen: [String] = []
    try Self.committer(folder) { seen.append($0) }.commit(Self.changes())
    #expect(seen == Self.steps)
    #expect(Self.contents(folder) == Self.new)
    #expect(!FileManager.default.fileExists(atPath: folder + "/.journal"))
  }

  @Test("killed at any step, recovery finds all old or all new", arguments: steps, [false, true])
  func killed(step: String, abort: Bool) async throws {
    let folder = try Self.makeFolder()
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [folder = folder as String, step = step as String] in
      try CommitTests.committer(folder) { if $0 == step { kill(getpid(), SIGKILL) } }
        .commit(CommitTests.changes())
    }
    let recovery = try Self.committer(folder).recover(abort ? .back : .forward)
    let isCommitted = (Self.steps.firstIndex(of: step) ?? 0) >= 7 && step != "cleaned"
    let contents = Self.contents(folder)
    if step == "cleaned" {
      #expect(contents == Self.new)
    } else {
      #expect(contents == (isCommitted && !abort ? Self.new : Self.old), "\(recovery)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasPrefix(".")
    }
    #expect(left.isEmpty)
    #expect(try Self.committer(folder).recover(.forward) == .nothingToDo)
  }

  @Test("a target that somebody changed stops the commit, and leaves nothing to recover")
  func changed() throws {
    let folder = try Self.makeFolder()
    try Data("mine".utf8).write(to: URL(filePath: folder + "/a"))
    let failure = #expect(throws: Committer.Failure.self) {
      try Self.committer(folder).commit(Self.changes())
    }
    #expect((failure?.underlying as? Committer.ChangedMeanwhile)?.path == "a")
    #expect(failure?.isCommitted == false && failure?.leavesStaged == false)
    #expect(Self.contents(folder) == ["-", "mine", "old b"])
    #expect(try Self.committer(folder).recover(.forward) == .nothingToDo)
    #expect(Self.contents(folder) == ["-", "mine", "old b"])
  }

  @Test(
    "a target that somebody changed after the kill stops the recovery, either way",
    arguments: [
      false, true,
    ])
  func changedAfterTheKill(abort: Bool) async throws {
    let folder = try Self.makeFolder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
      try CommitTests.committer(folder) { if $0 == "renamed-1" { kill(getpid(), SIGKILL) } }
        .commit(CommitTests.changes())
    }
    try Data("mine".utf8).write(to: URL(filePath: folder + "/b"))
    let error = #expect(throws: Committer.Diverged.self) {
      try Self.committer(folder).recover(abort ? .back : .forward)
    }
    #expect(error?.paths == ["b"])
    #expect(Self.contents(folder) == ["new file", "old a", "mine"])
  }

  @Test("a folder that a run made goes with it")
  func madeFolder() async throws {
    let folder = try Self.makeFolder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
      try CommitTests.committer(folder) { if $0 == "staged-3" { kill(getpid(), SIGKILL) } }
        .commit(CommitTests.changes())
    }
    #expect(FileManager.default.fileExists(atPath: folder + "/sub"))
    #expect(try Self.committer(folder).recover(.forward) == .discarded)
    #expect(!FileManager.default.fileExists(atPath: folder + "/sub"))
  }

  @Test("a journal folder that is a link, or open to others, is not followed")
  func foreignJournal() throws {
    let folder = try Self.makeFolder()
    let elsewhere = try Self.makeFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/.journal", withDestinationPath: elsewhere)
    #expect(throws: ForeignJournal.self) { try Self.committer(folder).recover(.forward) }
    #expect(throws: ForeignJournal.self) { try Self.committer(folder).isInterrupted() }
    try FileManager.default.removeItem(atPath: folder + "/.journal")
    try FileManager.default.createDirectory(
      atPath: folder + "/.journal", withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o750])
    #expect(throws: ForeignJournal.self) { try Self.committer(folder).recover(.forward) }
  }

  @Test(
    "nothing is written under a git directory",
    arguments: [
      ".git/config", ".GIT/x", ".git /x", "sub/.git/hooks/x", "GIT~1/x", ".g\u{200C}it/x", "bare/x",
      "link/x",
    ])
  func gitFolders(path: String) throws {
    let folder = try Self.makeFolder()
    for name in [".git/hooks", "bare/objects", "bare/refs"] {
      try FileManager.default.createDirectory(
        atPath: folder + "/" + name, withIntermediateDirectories: true)
    }
    try Data().write(to: URL(filePath: folder + "/bare/HEAD"))
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/link", withDestinationPath: ".git/hooks")
    var changes = ChangeSet()
    changes.add(FileChange(path: path, old: nil, new: [1]))
    let failure = #expect(throws: Committer.Failure.self) {
      try Self.committer(folder).commit(changes)
    }
    #expect(failure?.underlying is InsideGitDirectory)
  }

  @Test("a journal is read as it was written, and a torn or foreign one is refused")
  func journalText() throws {
    let entry = JournalEntry(path: "a/b", mode: 0o644, old: nil, new: "fnv:1")
    let journal = Journal(folders: ["a"], files: [entry])
    let text = journal.text()
    #expect(try Journal(text) == journal)
    for length in 0..<text.count {
      #expect(throws: Journal.Fault.self) { try Journal(Array(text[..<length])) }
    }
    for line in [
      "file 420 - fnv:1 ../x", "file 420 - fnv:1 /x", "file 420 - fnv:1 .git/config",
      "file 420 - fnv:1 a/b", "file x - fnv:1 c", "file 420 - - c", "folder ../x", "else",
    ] {
      let text = "moltseal journal 1\nfile 420 - fnv:1 a/b\n\(line)\nend\n"
      #expect(throws: Journal.Fault.self, "\(line)") { try Journal(Array(text.utf8)) }
    }
  }

  @Test("paths lead nowhere outside", arguments: ["../x", "/etc/passwd", "link/x", ""])
  func beneath(path: String) throws {
    let folder = try Self.makeFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/link", withDestinationPath: "/etc")
    let workspace = try WorkspaceFolder(folder)
    #expect(throws: FileError.self) { try workspace.read(path) }
    var changes = ChangeSet()
    changes.add(FileChange(path: path, old: nil, new: [1]))
    #expect(throws: Committer.Failure.self) { try Self.committer(folder).commit(changes) }
  }

  @Test("a second lock is refused while the first is held")
  func lock() throws {
    let folder = try Self.makeFolder()
    var first: FolderLock? = try FolderLock(folder)
    let error = #expect(throws: FileError.self) { _ = try FolderLock(folder) }
    #expect(error?.isLocked == true)
    withExtendedLifetime(first) {}
    first = nil
    _ = try FolderLock(folder)
  }

  /// What `diff -u` prints for two texts, but for its first two lines.
  private static func systemDiff(_ old: [UInt8], _ new: [UInt8]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(old).write(to: folder.appending(path: "old"))
    try Data(new).write(to: folder.appending(path: "new"))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["diff", "-u", "-d", "old", "new"]
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let lines = String(decoding: output, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    // diff leaves out a count of one.
    return lines.dropFirst(2).joined(separator: "\n").replacing(
      /@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@/
    ) { "@@ -\($0.1)\($0.2 ?? ",1") +\($0.3)\($0.4 ?? ",1") @@" }
  }

  private static func bytes(_ lines: [String]) -> [UInt8] {
    Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  @Test("a diff is what diff -u prints", arguments: 0..<40)
  func diff(seed: Int) throws {
    // A fixed walk through edits of twenty lines, of which no two are alike.
    var state = UInt64(seed) &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let old = (1...20).map { "line \($0)" }
    var new = old
    for edit in 0...next(5) {
      switch next(3) {
      case 0: new.remove(at: next(new.count))
      case 1: new.insert("added \(edit)", at: next(new.count + 1))
      default: new[next(new.count)] = "changed \(edit)"
      }
    }
    var changes = ChangeSet()
    changes.add(FileChange(path: "f", old: Self.bytes(old), new: Self.bytes(new)))
    let ours = changes.diff().split(separator: "\n", omittingEmptySubsequences: false)
    guard old != new else { return #expect(ours == [""]) }
    #expect(ours.prefix(2) == ["--- a/f", "+++ b/f"])
    let theirs = try Self.systemDiff(Self.bytes(old), Self.bytes(new))
    #expect(ours.dropFirst(2).joined(separator: "\n") == theirs)
  }

  @Test("a diff shortens ciphertexts, and tells two spellings of one character apart")
  func shortened() {
    var changes = ChangeSet()
    changes.add(
      FileChange(
        path: "f", old: Self.bytes(["caf\u{E9}"]),
        new: Self.bytes(["cafe\u{301}", "value: " + String(repeating: "A", count: 600)])))
    #expect(
      changes.diff()
        .unicodeScalars.elementsEqual(
          """
          --- a/f
          +++ b/f
          @@ -1,1 +1,2 @@
          -caf\u{E9}
          +cafe\u{301}
          +value: AAAAAAAAAAAA…(600 characters)

          """.unicodeScalars))
  }

  @Test("two changes of one file, by whatever ways, are refused before anything is written")
  func twice() throws {
    let folder = try Self.makeFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/link", withDestinationPath: "a")
    var changes = Self.changes()
    changes.add(FileChange(path: "link", old: Array("old a".utf8), new: Array("other".utf8)))
    let failure = #expect(throws: Committer.Failure.self) {
      try Self.committer(folder).commit(changes)
    }
    #expect((failure?.underlying as? Committer.NamedTwice)?.path == "a")
    #expect(Self.contents(folder) == Self.old)
    #expect(try Self.committer(folder).recover(.forward) == .nothingToDo)
  }
}
