/// Which repository a folder belongs to, and what git is told.

import TestSupport
import Testing
import Text

@testable import Processes

@Suite("Git repositories")
struct GitRepositoryTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a repository is found from every folder below it, the nearest one")
  func nearest() throws {
    try folder.make(".git")
    try folder.make("a/b/.git")
    try folder.make("a/b/c/d")
    for (from, root) in [("a", ""), ("a/b", "a/b"), ("a/b/c/d", "a/b")] {
      let found = try #require(GitRepository.find(from: folder(from)))
      let expected = root.isEmpty ? folder.path : folder(root)
      #expect(found.root == expected && found.directory == expected + "/.git")
      #expect(!found.isForeign)
      #expect(found.folders == [expected, expected + "/.git"])
    }
  }

  @Test("a link to another repository's directory is foreign")
  func link() throws {
    try folder.make("other/.git")
    try folder.make("own")
    try folder.link("own/.git", to: "other/.git")
    let found = try #require(GitRepository.find(from: folder("own")))
    #expect(found.isForeign && found.root == folder("own"))
  }

  @Test("a linked work tree is its own, if its git directory names it", arguments: [true, false])
  func worktree(isNamed: Bool) throws {
    let directory = folder("main/.git/worktrees/w")
    try folder.make("main/.git/worktrees/w")
    try folder.write("w/.git", "gitdir: \(directory)\n")
    try folder.write(
      "main/.git/worktrees/w/gitdir", folder(isNamed ? "w/.git" : "main/.git") + "\n")
    let found = try #require(GitRepository.find(from: folder("w")))
    #expect(found.directory == directory && found.root == folder("w"))
    #expect(found.isForeign == !isNamed)
    #expect(found.folders == [folder("w"), directory, folder("main")])
  }

  @Test("a submodule is its own, if the configuration of its directory names it")
  func submodule() throws {
    try folder.write("main/s/.git", "gitdir: ../.git/modules/s\r\n")
    try folder.make("main/.git/modules/s")
    let bare = try #require(GitRepository.find(from: folder("main/s")))
    #expect(bare.isForeign && bare.directory == folder("main/s/../.git/modules/s"))
    try folder.write("main/.git/modules/s/config", "[core]\n\tworktree = ../../../s\n")
    let named = try #require(GitRepository.find(from: folder("main/s")))
    #expect(!named.isForeign && named.folders.last == folder("main/s/.."))
    try folder.write("main/.git/modules/s/config", "[core]\n\tworktree = ../../../t\n")
    try folder.make("main/t")
    #expect(GitRepository.find(from: folder("main/s"))?.isForeign == true)
  }

  @Test("a file that names no directory makes no repository")
  func otherFile() throws {
    try folder.make("main/.git")
    try folder.write("main/w/.git", "worktree: /x\n")
    #expect(GitRepository.find(from: folder("main/w"))?.root == folder("main"))
  }

  @Test("git is told its directory and work tree, and runs nothing of the repository")
  func start() throws {
    try folder.make("r/.git")
    try folder.program("bin/git", "printf '%s\\n' \"$@\"; env")
    try folder.program("r/git", "echo mine")
    let repository = try #require(GitRepository.find(from: folder("r")))
    let lines = text(
      try repository.start(["show", "HEAD:x"], folder.setup("r", "bin")).finish().output
    ).pieces(between: "\n")
    #expect(
      lines.prefix(5) == [
        "-C", folder("r"), "--git-dir=\(folder("r/.git"))", "--work-tree=\(folder("r"))",
        "--literal-pathspecs",
      ])
    for setting in [
      "core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.bareRepository=explicit",
      "protocol.allow=never", "core.attributesFile=/dev/null",
    ] {
      let place = try #require(lines.firstIndex(of: setting), "\(setting)")
      #expect(lines[place - 1] == "-c")
    }
    #expect(lines[15...].prefix(2) == ["show", "HEAD:x"])
    for variable in [
      "GIT_OPTIONAL_LOCKS=0", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1",
      "GIT_NO_REPLACE_OBJECTS=1", "GIT_TERMINAL_PROMPT=0", "GIT_ATTR_NOSYSTEM=1",
    ] {
      #expect(lines.contains(variable), "\(variable)")
    }
  }
}
