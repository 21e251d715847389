/// Which kustomizations become one environment, and which become several.

import Discovery
import Testing
import Text
import Workspace
import YAML

@Suite("Drafted environments")
struct DraftedEnvironmentTests {
  /// The environments of the drafted file, each with its targets.
  private func environments(_ targets: SurveyedTarget...) throws -> [[String]] {
    let draft = WorkspaceDraft(
      targets, settings(), withoutHash: { $0.without(suffix: "-5f2k4m8h6t") })
    let workspace = try Workspace(SourceText(draft.text))
    #expect(draft.places.map(\.name) == workspace.environments.map(\.name))
    return workspace.environments.map { [$0.name] + $0.targets.map(\.kustomization.path) }
  }

  @Test("targets are one environment, unless two of them make the same Secret")
  func environmentsOfTargets() throws {
    let (one, two) = (secret("one", value("S", 1)), secret("two", value("T", 2)))
    #expect(
      try environments(target(one), target(two, name: "more"))
        == [["prod", "k8s/app", "k8s/more"]])
    #expect(
      try environments(target(one), target(one, name: "more"))
        == [["app", "k8s/app"], ["more", "k8s/more"]])
    #expect(
      try environments(target(one), target(one, name: "more"), target(two, name: "third"))
        == [["prod", "k8s/app", "k8s/third"], ["more", "k8s/more"]])
    #expect(
      try environments(
        target(one), target(one, name: "prod"), target(two, name: "third"))
        == [["prod", "k8s/app", "k8s/third"], ["prod-2", "k8s/prod"]])
  }

  @Test("the same Secret has one name, with or without a hash, and one namespace, whoever sets it")
  func same() throws {
    let bare = secret("api", value("S", 1), namespace: nil)
    let hashed = secret("api-5f2k4m8h6t", value("S", 1), namespace: nil)
    func count(_ one: SurveyedTarget, _ other: SurveyedTarget) throws -> Int {
      try environments(one, other).count
    }
    #expect(
      try count(target(bare, namespace: "a"), target(bare, name: "more", namespace: "b")) == 1)
    #expect(
      try count(target(bare, namespace: "a"), target(hashed, name: "more", namespace: "a")) == 2)
    #expect(
      try count(target(bare, namespace: "a"), target(bare, name: "more", given: ("a", "x"))) == 2)
    #expect(
      try count(target(bare, namespace: "a"), target(bare, name: "more", given: ("b", "x"))) == 1)
  }

  @Test("a target without a template is in no environment, and an outcome names its environment")
  func empty() {
    let one = secret("one", value("S", 1))
    let draft = draft(
      target(one), target(secret("void"), name: "none"), target(one, name: "more"))
    #expect(draft.places.map(\.name) == ["app", "more"])
    #expect(draft.places.map(\.folder) == ["k8s/app/sealed", "k8s/more/sealed"])
    #expect(!draft.lines.contains("none:"))
    #expect(draft.outcomes.map(\.target) == ["app", "more"])
    #expect(
      draft.lines.contains(
        "# Several kustomizations make the same Secret, so each has its own environment."))
  }
}
