/// A folder for one test, with git repositories and workspaces.

import Files
import Foundation
import Processes
import Repository
import TestSupport
import Testing
import Workspace

extension TemporaryFolder {
  /// Runs git in a folder, with settings of nobody else, and returns the first line that it prints.
  @discardableResult
  func git(_ folder: String, _ arguments: String..., input: String = "") throws -> String {
    let variables = [
      "HOME=\(path)", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
      "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@t", "GIT_COMMITTER_NAME=t",
      "GIT_COMMITTER_EMAIL=t@t",
    ]
    var setup = Subprocess.Setup(
      variables: variables.map { Array($0.utf8) }, searchPath: "/usr/local/bin:/usr/bin:/bin")
    setup.input = Array(input.utf8)
    let result = try Subprocess.start("git", ["-C", self(folder)] + arguments, outside: [], setup)
      .finish()
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return String(decoding: result.output.prefix { $0 != 10 }, as: UTF8.self)
  }

  /// Makes a repository with these files committed, if there are any.
  @discardableResult
  func repository(_ name: String, _ files: [String: String] = [:]) throws -> GitRepository {
    try make(name)
    try git(name, "init", "-q", "-b", "main")
    for (file, text) in files { try write("\(name)/\(file)", text) }
    if !files.isEmpty { try commit(name) }
    return try #require(GitRepository.find(from: self(name)))
  }

  /// Commits everything in a repository, and returns the commit.
  @discardableResult
  func commit(_ name: String) throws -> String {
    try git(name, "add", "-A")
    try git(name, "commit", "-q", "--allow-empty", "-m", "c")
    return try git(name, "rev-parse", "HEAD")
  }

  /// Writes a workspace file with these environments, and reads it.
  @discardableResult
  func workspace(
    _ name: String, _ environments: String = "prod: {kustomization: k.yml, output: out}"
  ) throws -> LoadedWorkspace {
    try write(
      "\(name)/moltseal.yml",
      """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        \(environments)

      """)
    return try LoadedWorkspace(self(name))
  }
}
