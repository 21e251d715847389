/// What each step is called, and what it means for its credential.

import Planning
import Testing
import Workspace
import YAML

@testable import Words

@Suite("Words of steps")
struct StepWordsTests {
  /// The credential with these fields in a workspace file.
  private func credential(_ fields: String) throws -> Credential {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials: {c: {\(fields)}}
      environments:
        prod: {kustomization: k.yml, output: out}
      """
    return try #require(try Workspace(SourceText(Array(text.utf8))).groups.first)
  }

  private func generated() throws -> Credential {
    try credential("generate: {kind: alphanumeric, length: 32}")
  }

  private func pair() throws -> Credential {
    try credential("generate: {kind: alphanumeric, length: 32}, roles: {a: app_a, b: app_b}")
  }

  @Test("a step of roles names the one it comes from and the one it goes to")
  func roles() throws {
    let roles = try pair().roles
    let (flip, renew) = (Step.flip(from: roles[0], to: roles[1]), Step.renew(roles[1]))
    #expect(flip.words == "flip from role app_a to app_b" && flip.shortWords == "flip to app_b")
    #expect(try flip.detail(of: pair(), hasNext: false) == "from app_a to app_b")
    #expect((flip.name, flip.verb, flip.doneWord) == ("flip", "switch", "switched"))
    #expect(renew.words == "new password for role app_b, which is not in use")
    #expect(renew.shortWords == "renew app_b")
    #expect((renew.name, renew.verb, renew.doneWord) == ("renew", "renew", "renewed"))
    #expect(
      try renew.detail(of: pair(), hasNext: false)
        == "a new password for app_b, which is not in use")
    #expect(try Step.seal.detail(of: pair(), hasNext: true) == "app_a (in use) and app_b")
  }

  @Test("a step of one value has its name wherever it has no better word")
  func names() {
    for (step, name, done) in [
      (Step.seal, "seal", "new"), (.replace, "replace", "replaced"),
      (.publish, "publish", "published"), (.rotate, "rotate", "rotated"),
      (.retire, "retire", "retired"),
    ] {
      #expect(
        (step.name, step.verb, step.shortWords, step.doneWord) == (name, name, name, done))
    }
    #expect(Step.publish.words.hasPrefix("publish a next key"))
    #expect(Step.rotate.words.hasPrefix("rotate: the next key signs"))
    #expect(Step.retire.words == "retire the previous key")
  }

  @Test("what a step means depends on where the value comes from")
  func detail() throws {
    let (generated, supplied) = (try generated(), try credential("supplied: true"))
    let key = try credential("generate: {kind: ed25519}")
    #expect(Step.seal.detail(of: generated, hasNext: false) == "")
    #expect(Step.seal.detail(of: generated, hasNext: true) == "this key and the next one")
    #expect(Step.seal.detail(of: key, hasNext: false) == "this key and the next one")
    #expect(Step.seal.detail(of: supplied, hasNext: false) == "supplied")
    #expect(Step.replace.detail(of: supplied, hasNext: false) == "supplied")
    #expect(Step.replace.detail(of: generated, hasNext: false) == "a new value")
  }
}
