/// Which commit is meant, and what it has.

import Processes
import Reporting
import TestSupport
import Testing

@testable import Repository

@Suite("Base revisions")
struct BaseRevisionTests {
  private let folder: TemporaryFolder
  /// Three commits of the repository `r`, oldest first.
  private let commits: [String]

  init() throws {
    let folder = try TemporaryFolder()
    try folder.repository("r")
    self.folder = folder
    commits = try (0..<3).map { number in
      try folder.write("r/deploy/f", "\(number)\n")
      return try folder.commit("r")
    }
  }

  private func git() throws -> GitRepository {
    try #require(GitRepository.find(from: folder("r")))
  }

  private func point(_ reference: String, to commit: Int) throws {
    try folder.git("r", "update-ref", reference, commits[commit])
  }

  @Test("a branch of the remote is preferred to a branch here, and both to a tag")
  func order() throws {
    func found() throws -> Int? {
      try BaseRevision.commit("v", git()).flatMap { commits.firstIndex(of: $0) }
    }
    #expect(try found() == nil)
    try point("refs/tags/v", to: 0)
    #expect(try found() == 0)
    try point("refs/heads/v", to: 1)
    #expect(try found() == 1)
    try point("refs/remotes/v", to: 2)
    #expect(try found() == 2)
  }

  @Test("a tag that is named like a branch of the remote never stands in for it")
  func tag() throws {
    try point("refs/tags/origin/main", to: 0)
    #expect(try BaseRevision.commit("origin/main", git()) == nil)
    try point("refs/remotes/origin/main", to: 1)
    #expect(try BaseRevision.commit("origin/main", git()) == commits[1])
    #expect(try BaseRevision.commit("refs/tags/origin/main", git()) == commits[0])
  }

  @Test("a hash, HEAD and a full name are meant as they stand")
  func places() throws {
    try point("refs/remotes/HEAD", to: 0)
    try point("refs/remotes/" + commits[1], to: 0)
    let git = try git()
    #expect(try BaseRevision.commit("HEAD", git) == commits[2])
    #expect(try BaseRevision.commit("HEAD~2", git) == commits[0])
    #expect(try BaseRevision.commit(commits[1], git) == commits[1])
    #expect(try BaseRevision.commit("refs/heads/main", git) == commits[2])
    #expect(try BaseRevision.commit(String(commits[1].prefix(12)), git) == commits[1])
  }

  @Test("what is no commit is no base", arguments: ["HEAD:deploy", "HEAD:deploy/f", "-h", "x y"])
  func noCommit(revision: String) throws {
    #expect(try BaseRevision.commit(revision, git()) == nil)
  }

  @Test("files are found from the workspace, and from the root")
  func files() throws {
    let workspace = try folder.workspace("r/deploy")
    let base = try BaseRevision(workspace, "HEAD~1")
    #expect(base.prefix == "deploy/" && base.commit == commits[1])
    #expect(try base.bytes(of: "f") == Array("1\n".utf8))
    #expect(try base.blob("deploy/f") == Array("1\n".utf8))
    #expect(try base.bytes(of: "deploy/f") == nil && base.blob("f") == nil)
    #expect(try base.bytes(of: "moltseal.yml") == nil)
    let atRoot = try BaseRevision(folder.workspace("r"), "HEAD")
    #expect(try atRoot.prefix == "" && atRoot.bytes(of: "deploy/f") == Array("2\n".utf8))
  }

  @Test("names come as git has them, and a failure of git with its first line")
  func names() throws {
    try folder.write("r/deploy/caf\u{E9} 1", "x")
    try folder.commit("r")
    let base = try BaseRevision(folder.workspace("r"), "HEAD")
    let tree = ["ls-tree", "-r", "-z", "--name-only", base.commit]
    #expect(try base.names(tree) == ["deploy/caf\u{E9} 1", "deploy/f"])
    let (text, hint) = refusal { try base.names(["ls-tree", "-z", "nothing"]) }
    #expect(text == "git ls-tree failed: fatal: Not a valid object name nothing")
    #expect(hint == "fetch the history: git fetch --unshallow")
  }

  @Test(
    "how to get a commit that is missing depends on where it should come from",
    arguments: [
      ("origin/main", "fetch it first: git fetch origin main:refs/remotes/origin/main"),
      ("origin/a/B-1.x_", "fetch it first: git fetch origin a/B-1.x_:refs/remotes/origin/a/B-1.x_"),
      ("origin/a;b", nil), ("origin/a b", nil), ("gone", nil), ("upstream/origin/main", nil),
    ])
  func missing(revision: String, hint: String?) throws {
    let workspace = try folder.workspace("r/deploy")
    let error = #expect(throws: CommandError.self) { try BaseRevision(workspace, revision) }
    #expect(error?.diagnostics.first?.text == "'\(revision)' is not a commit here")
    #expect(error?.consequence == nil && error?.status == 1)
    #expect(
      error?.diagnostics.first?.hint == hint
        ?? "name a branch that exists here, for instance origin/main, or fetch the history: git fetch --unshallow"
    )
  }

  @Test("outside git there is no base")
  func outsideGit() throws {
    let workspace = try folder.workspace("w")
    #expect(refusal { try BaseRevision(workspace, "HEAD") }.hint == "run without --base")
  }
}
