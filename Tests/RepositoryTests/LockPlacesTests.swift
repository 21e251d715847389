/// Which lock file records a sealed file, in any folder.

import Reporting
import Repository
import TestSupport
import Testing

@Suite("Places of lock files")
struct LockPlacesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The lock file of a file that is made first.
  private func lock(_ name: String) throws -> String {
    try folder.write(name, "x")
    return try LockPlaces().lock(of: folder(name))
  }

  private static let two = """
    prod: {kustomization: k.yml, output: out, lock: locks/prod.lock}
      inner: {kustomization: i.yml, output: out/inner}
    """

  @Test("a sealed file has the lock file of its environment, of the innermost one")
  func environments() throws {
    try folder.workspace("w", Self.two)
    #expect(try lock("w/out/app.yml") == folder("w/locks/prod.lock"))
    #expect(try lock("w/out/a/b.yml") == folder("w/locks/prod.lock"))
    #expect(try lock("w/out/inner/b.yml") == folder("w/out/inner/moltseal.lock"))
    #expect(try lock("w/out/inner2/b.yml") == folder("w/locks/prod.lock"))
  }

  @Test("a file in no output has the lock file beside it")
  func beside() throws {
    try folder.workspace("w", Self.two)
    #expect(try lock("w/other/a.yml") == folder("w/other/moltseal.lock"))
    #expect(try lock("w/outer/a.yml") == folder("w/outer/moltseal.lock"))
    #expect(try lock("w/a.yml") == folder("w/moltseal.lock"))
  }

  @Test("outside a workspace, a file has the lock file beside it")
  func outside() throws {
    #expect(try lock("x/a.yml") == folder("x/moltseal.lock"))
  }

  @Test("a file is where its links lead")
  func links() throws {
    try folder.workspace("w", Self.two)
    try folder.write("w/out/app.yml", "x")
    try folder.make("x")
    try folder.link("x/link.yml", to: "w/out/app.yml")
    #expect(try LockPlaces().lock(of: folder("x/link.yml")) == folder("w/locks/prod.lock"))
    try folder.write("x/app.yml", "x")
    try folder.link("w/out/away.yml", to: "x/app.yml")
    #expect(try LockPlaces().lock(of: folder("w/out/away.yml")) == folder("x/moltseal.lock"))
  }

  @Test("what does not exist has no lock file but itself")
  func missing() throws {
    try folder.workspace("w")
    #expect(try LockPlaces().lock(of: folder("w/out/none.yml")) == folder("w/out/none.yml"))
  }

  @Test("a path below a root gives a path below it, if the lock file is there")
  func relative() throws {
    try folder.workspace("w", Self.two)
    try folder.write("w/out/inner/a.yml", "x")
    try folder.write("w/out/a.yml", "x")
    let places = LockPlaces()
    #expect(
      try places.lock(of: "w/out/inner/a.yml", in: folder.path) == "w/out/inner/moltseal.lock")
    #expect(try places.lock(of: "inner/a.yml", in: folder("w/out")) == "inner/moltseal.lock")
    #expect(try places.lock(of: "a.yml", in: folder("w/out")) == folder("w/locks/prod.lock"))
  }

  @Test("the lock file of another environment is refused")
  func otherEnvironment() throws {
    try folder.workspace("w", Self.two)
    try folder.write("w/locks/prod.lock", "kind: Lock\nenvironment: prod\n")
    #expect(try lock("w/out/a.yml") == folder("w/locks/prod.lock"))
    try folder.write("w/locks/prod.lock", "kind: Lock\nenvironment: staging\n")
    #expect(
      refusal { try lock("w/out/a.yml") }.text
        == "locks/prod.lock:2:14: is the lock file of environment 'staging', not of 'prod'")
    try folder.write("w/other/moltseal.lock", "kind: Lock\nenvironment: staging\n")
    #expect(try lock("w/other/a.yml") == folder("w/other/moltseal.lock"))
    try folder.write("w/locks/prod.lock", "no lock file")
    #expect(try lock("w/out/a.yml") == folder("w/locks/prod.lock"))
  }

  @Test("a workspace file that cannot be read may name any lock file")
  func unreadable() throws {
    try folder.write("w/moltseal.yml", "kind: Wrong\n")
    #expect(refusal { try lock("w/out/a.yml") }.text.hasPrefix("moltseal.yml:1:"))
  }
}
