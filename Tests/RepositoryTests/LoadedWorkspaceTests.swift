/// Where a workspace is, which of its environments is meant, and what git has of its files.

import Files
import Foundation
import Reporting
import TestSupport
import Testing
import Workspace
import YAML

@testable import Repository

@Suite("Loaded workspaces")
struct LoadedWorkspaceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let two = """
    prod: {kustomization: a/k.yml, output: a/out}
      staging: {kustomization: b/k.yml, output: b/out}
    """

  @Test("the only environment needs no name, and one of several does")
  func unnamed() throws {
    #expect(try folder.workspace("w").environment(nil).name == "prod")
    let several = try folder.workspace("w", Self.two)
    let error = #expect(throws: CommandError.self) { try several.environment(nil) }
    #expect(error?.status == 64)
    let part = error?.diagnostics.first
    #expect(part?.text == "moltseal.yml: the workspace has several environments")
    #expect(part?.hint == "name one with --env: prod, staging")
  }

  @Test("an environment is found by its name, and a similar one is proposed")
  func named() throws {
    let workspace = try folder.workspace("w", Self.two)
    #expect(try workspace.environment("staging").lockPath == "b/out/moltseal.lock")
    #expect(try workspace.environment("prod").lockPath == "a/out/moltseal.lock")
    let (text, hint) = refusal { try workspace.environment("prodd") }
    #expect(
      text == "moltseal.yml: no environment is named 'prodd'; did you mean 'prod'?")
    #expect(hint == "the workspace has: prod, staging")
    #expect(
      refusal { try workspace.environment("") }.text
        == "moltseal.yml: no environment is named ''")
    let only = try folder.workspace("w")
    #expect(refusal { try only.environment("other") }.hint == "the workspace has: prod")
  }

  @Test("the nearest workspace file upwards is the one that counts")
  func above() throws {
    try folder.workspace("w")
    try folder.workspace("w/a/b")
    try folder.make("w/a/b/c")
    try folder.make("x")
    #expect(LoadedWorkspace.above(folder("w/a/b/c")) == folder("w/a/b"))
    #expect(LoadedWorkspace.above(folder("w/a/b")) == folder("w/a/b"))
    #expect(LoadedWorkspace.above(folder("w/a")) == folder("w"))
    #expect(LoadedWorkspace.above(folder("x")) == nil)
  }

  @Test("a workspace file that is missing, too large or wrong is reported with its place")
  func unreadable() throws {
    try folder.make("w")
    let missing = refusal { try LoadedWorkspace(folder("w")) }
    #expect(missing.text == "cannot read 'moltseal.yml': No such file or directory")
    try folder.write("w/moltseal.yml", "apiVersion: moltseal.dev/v1\nkind: Wrong\n")
    #expect(
      refusal { try LoadedWorkspace(folder("w")) }.text
        == "moltseal.yml:2:7: 'kind' must be 'Workspace'")
    try folder.write("w/moltseal.yml", String(repeating: "#\n", count: (1 << 19) + 1))
    #expect(
      refusal { try LoadedWorkspace(folder("w")) }.text
        == "cannot read 'moltseal.yml': File too large")
    try folder.write("w/moltseal.yml", String(repeating: "#\n", count: 1 << 19))
    #expect(refusal { try LoadedWorkspace(folder("w")) }.text.contains("is empty"))
  }

  @Test("a file has a path in the workspace only if it is there")
  func paths() throws {
    let workspace = try folder.workspace("w")
    try folder.write("w/a/f", "x")
    try folder.write("x/f", "x")
    try folder.link("w/inner", to: "w/a")
    try folder.link("w/outer", to: "x")
    #expect(workspace.path(of: folder("w/a/f")) == "a/f")
    #expect(workspace.path(of: folder("w/inner/f")) == "a/f")
    #expect(workspace.path(of: folder("w/outer/f")) == nil)
    #expect(workspace.path(of: folder("w/none")) == nil)
  }

  @Test("outside git, a change could not be reverted")
  func outsideGit() throws {
    let workspace = try folder.workspace("w")
    #expect(
      refusal { _ = try workspace.askGit(["a"], of: workspace.place) }.hint
        == "run it in a git repository, or pass --allow-dirty")
  }

  @Test("what git does not have is refused by the names that a link leads to")
  func uncommitted() throws {
    try folder.repository("r", ["w/a/f": "one\n", "w/g": "two\n"])
    let workspace = try folder.workspace("r/w")
    try FileManager.default.createSymbolicLink(
      atPath: folder("r/w/link"), withDestinationPath: "a")
    func check(_ files: (String, String)...) throws {
      var changes = ChangeSet()
      for (path, old) in files {
        changes.add(FileChange(path: path, old: Array(old.utf8), new: [1]))
      }
      try workspace.checkCommitted(
        changes, workspace.askGit(changes.paths, of: workspace.place))
    }
    try check(("a/f", "one\n"), ("g", "two\n"))
    try check(("link/f", "one\n"))
    let (text, hint) = refusal { try check(("link/f", "mine\n"), ("g", "two\n"), ("new", "x")) }
    #expect(text == "not committed: a/f, new")
    #expect(
      hint == "commit or remove these files first, or pass --allow-dirty to overwrite them")
  }

  @Test("git would take a file that is tracked, or neither tracked nor ignored")
  func wouldTake() throws {
    let git = try folder.repository("r", [".gitignore": "ignored*\n", "tracked": "x"])
    for name in ["r/new", "r/ignored", "outside"] { try folder.write(name, "x") }
    try folder.link("r/link", to: "outside")
    for (name, takes) in [
      ("r/tracked", true), ("r/new", true), ("r/ignored", false), ("outside", false),
      ("r/none", false), ("r/link", false),
    ] {
      #expect(try git.wouldTake(folder(name)) == takes, "\(name)")
    }
    try folder.write("r/ignored-but-tracked", "x")
    try folder.git("r", "add", "-f", "ignored-but-tracked")
    #expect(try git.wouldTake(folder("r/ignored-but-tracked")))
  }
}
