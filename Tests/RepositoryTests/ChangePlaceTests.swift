/// Whose lock and journal a change has, and which files it may not reach.

import Files
import Foundation
import Processes
import TestSupport
import Testing

@testable import Repository

@Suite("Places of changes")
struct ChangePlaceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a workspace in a repository has the lock of the whole repository")
  func workspaceInGit() throws {
    try folder.repository("r")
    try folder.workspace("r/deploy")
    let place = ChangePlace(workspace: folder("r/deploy"))
    #expect(place.root == folder("r") && place.git?.directory == folder("r/.git"))
    try folder.workspace("w")
    let outside = ChangePlace(workspace: folder("w"))
    #expect(outside.root == folder("w") && outside.git == nil)
  }

  @Test("files outside git have the nearest folder above all of them")
  func commonFolder() throws {
    func root(_ files: String...) throws -> String {
      for file in files { try folder.write(file, "x") }
      let place = try ChangePlace(files: files.map { folder($0) })
      #expect(place.git == nil)
      return place.root
    }
    #expect(try root("a/x") == folder("a"))
    #expect(try root("a/x", "a/b/c/y") == folder("a"))
    #expect(try root("a/b/c/y", "a/b/d/z") == folder("a/b"))
    #expect(try root("a/x", "ab/y") == folder.path)
  }

  @Test("files below a workspace file have its folder, which its own commands lock too")
  func workspaceAbove() throws {
    try folder.workspace("w")
    try folder.write("w/out/a/x", "x")
    #expect(try ChangePlace(files: [folder("w/out/a/x")]).root == folder("w"))
    try folder.repository("r", ["moltseal.yml": "", "out/x": "x"])
    let inGit = try ChangePlace(files: [folder("r/out/x"), folder("r/moltseal.yml")])
    #expect(inGit.root == folder("r") && inGit.git?.root == folder("r"))
  }

  @Test("files of several repositories have no common journal")
  func severalRepositories() throws {
    try folder.repository("b")
    try folder.repository("a")
    let both = refusal {
      try ChangePlace(files: [folder("b/x"), folder("a/x"), folder("b/y")])
    }
    #expect(
      both.text == "these files are in several repositories, which cannot be changed together")
    #expect(both.hint == "run the command once for each: \(folder("a")), \(folder("b"))")
    try folder.make("plain")
    let one = refusal { try ChangePlace(files: [folder("plain/x"), folder("a/x")]) }
    #expect(one.hint == "run the command once for each: \(folder("a"))")
  }

  @Test("a file of a nested repository is refused, and its neighbours are not")
  func nested() throws {
    try folder.repository("r")
    try folder.repository("r/sub")
    try folder.make("r/own")
    let place = try ChangePlace(files: [folder("r/x"), folder("r/sub/x")])
    #expect(place.root == folder("r"))
    let root = try ChangePlace.open(place.root)
    try place.refuseNested(["x", "own/x"], in: root)
    #expect(
      refusal { try place.refuseNested(["x", "sub/x"], in: root) }.text
        == "'sub/x' is in another repository, '\(folder("r/sub"))', which cannot be changed from here"
    )
    try ChangePlace(workspace: folder.path).refuseNested(
      ["r/x"], in: ChangePlace.open(folder.path))
  }

  @Test(
    "a link out of a repository or a workspace is refused", arguments: [".git", "moltseal.yml"])
  func linkOut(mark: String) throws {
    try folder.write("r/\(mark)", "x")
    try folder.write("outside/x", "x")
    try folder.write("r/own/x", "x")
    try folder.link("r/link", to: "outside")
    try folder.link("r/inner", to: "r/own")
    let name = folder("r/link/x")
    let (text, hint) = refusal { try ChangePlace.refuseLinkOut(name, real: folder("outside/x")) }
    #expect(
      text
        == "\(name): is reached through a symbolic link that leads out of '\(folder("r"))'")
    #expect(hint == "if you mean that file, name it directly: \(folder("outside/x"))")
    for (name, real) in [
      ("r/inner/x", "r/own/x"), ("r/own/x", "r/own/x"), ("outside/x", "outside/x"),
      ("r/../outside/./x", "outside/x"), ("r/own/../../outside/x", "outside/x"),
    ] {
      try ChangePlace.refuseLinkOut(folder(name), real: folder(real))
    }
  }

  @Test("a link out of a repository is refused, although it leads into another one")
  func linkIntoAnother() throws {
    try folder.write("r/.git", "x")
    try folder.write("other/.git", "x")
    try folder.write("other/x", "x")
    try folder.link("r/link", to: "other")
    #expect(
      refusal { try ChangePlace.refuseLinkOut(folder("r/link/x"), real: folder("other/x")) }.text
        .hasSuffix("leads out of '\(folder("r"))'"))
  }

  @Test(
    "a journal in a work tree is nobody's, and stops every change there",
    arguments: ["journal", "plan", "abort"])
  func journalInWorkTree(name: String) throws {
    try folder.repository("r")
    try folder.workspace("r/w")
    let place = ChangePlace(workspace: folder("r/w"))
    let inner = try ChangePlace.open(folder("r/w"))
    #expect(try place.committer(for: inner).journal.path == folder("r/.git/moltseal/workspace"))
    for parent in ["r", "r/w"] {
      try folder.write("\(parent)/.moltseal/\(name)", "x")
      #expect(
        refusal { try place.committer(for: inner) }.hint.contains(
          "'\(folder(parent))/.moltseal/\(name)'"))
      try FileManager.default.removeItem(atPath: folder(parent + "/.moltseal"))
    }
  }

  @Test("outside git, a journal of this user in a folder above is recovered too")
  func journalsAbove() throws {
    func journals(_ file: String) throws -> [String] {
      try ChangePlace(files: [folder(file)]).recoverers().map(\.journal.path)
        .filter { $0.hasPrefix(folder.path) }
    }
    try folder.write("a/b/x", "x")
    #expect(try journals("a/b/x") == [folder("a/b/.moltseal")])
    try folder.make("a/.moltseal")
    #expect(try journals("a/b/x") == [folder("a/b/.moltseal"), folder("a/.moltseal")])
    try folder.make("a/b/.moltseal")
    #expect(try journals("a/b/x") == [folder("a/b/.moltseal"), folder("a/.moltseal")])
    try folder.repository("a/b")
    #expect(try journals("a/b/x") == [folder("a/b/.git/moltseal/workspace")])
  }
}
