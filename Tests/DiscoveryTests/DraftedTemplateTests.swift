/// The templates that `init` writes, and what it leaves out.

import Discovery
import Testing
import Text
import Workspace
import YAML

@Suite("Drafted templates")
struct DraftedTemplateTests {
  private func text(_ draft: WorkspaceDraft) -> String {
    draft.templates.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "---\n")
  }

  @Test("a template has what the Secret has, but for what tools have left on it")
  func whole() {
    let secret = SurveyedSecret(
      SurveyedSecret.Metadata(
        name: "api", namespace: "demo", labels: [(key: "team", value: "a")],
        annotations: [
          (key: "note", value: "b"), (key: "moltseal.dev/x", value: "c"),
          (key: "config.kubernetes.io/origin", value: "d"),
          (key: "internal.config.kubernetes.io/e", value: "e"),
          (key: "kubectl.kubernetes.io/last-applied-configuration", value: "f"),
        ]),
      type: "Opaque", mutability: .immutable,
      values: [
        value("WIDGET", 1), value("MODE", 2, .plain("a ${b}")), value("NOTE", 3, .empty),
      ])
    let draft = draft(target(secret, waves: ["api": -1]))
    #expect(draft.templates.map(\.path) == ["templates/api-template.yml"])
    #expect(
      text(draft) == """
        # Made today by k8s/app as 'api'; written by moltseal init.
        apiVersion: v1
        kind: Secret
        metadata:
          name: api
          namespace: demo
          labels:
            team: a
          annotations:
            note: b
            argocd.argoproj.io/sync-wave: "-1"
        type: Opaque
        immutable: true
        stringData:
          # decide: unknown value; see widget in moltseal.yml
          WIDGET: "${widget}"
          MODE: "a $${b}"
          # decide: empty today, and left empty
          NOTE: ""

        """)
    #expect(draft.burnt == ["api/WIDGET"])
    #expect(draft.outcomes.map(\.outcome) == ["supplied", "literal", "literal"])
    #expect(
      draft.outcomes.map(\.because) == [
        "api/WIDGET: unknown value: if nobody issues it, generate it instead",
        "a setting, a name or an address", "empty today, and left empty",
      ])
  }

  @Test("a template has no field that the Secret has not")
  func bare() {
    let draft = draft(target(secret("api", value("APP_SALT", 1), namespace: nil)))
    #expect(
      text(draft) == """
        # Made today by k8s/app as 'api'; written by moltseal init.
        apiVersion: v1
        kind: Secret
        metadata:
          name: api
        stringData:
          APP_SALT: "${app-salt}"

        """)
  }

  @Test("a wave that the Secret has already stays, and another Secret's wave is not its own")
  func wave() {
    let own = SurveyedSecret(
      SurveyedSecret.Metadata(
        name: "api", namespace: "demo", labels: [],
        annotations: [(key: "argocd.argoproj.io/sync-wave", value: "3")]),
      type: nil, mutability: .mutable, values: [value("S", 1)])
    let stays = text(draft(target(own, waves: ["api": 1])))
    #expect(stays.holds("sync-wave: \"3\"") && !stays.holds("\"1\""))
    let other = text(draft(target(secret("api", value("S", 1)), waves: ["b": 1])))
    #expect(!other.holds("annotations"))
  }

  @Test("a template states its namespace if the kustomization does not, or some have none")
  func namespaces() {
    func namespaces(_ targets: SurveyedTarget...) -> [String?] {
      let draft = WorkspaceDraft(
        targets, settings(templates: "t"), withoutHash: { _ in nil })
      return draft.templates.map { template in
        let text = String(decoding: template.bytes, as: UTF8.self)
        return text.place(of: "  namespace: ")?.after.pieces(between: "\n").first
      }
    }
    let (placed, bare) = (
      secret("a", value("S", 1)), secret("b", value("T", 2), namespace: nil)
    )
    #expect(namespaces(target(placed)) == ["demo"])
    #expect(namespaces(target(placed, namespace: "demo")) == [nil])
    #expect(namespaces(target(bare)) == [nil])
    #expect(namespaces(target(placed, bare)) == ["demo", "default"])
    #expect(
      namespaces(target(bare), target(bare, name: "more", namespace: "x")) == ["default", nil])
    // moltseal.yml has the namespace that a target is deployed to, and a template overrides it.
    #expect(
      namespaces(target(bare), target(bare, name: "more", given: ("x", "app.yml")))
        == ["default", nil])
  }

  @Test("every template of a target has a sealed file of its own")
  func paths() {
    let one = draft(target(secret("a", value("S", 1)), secret("a-secret", value("T", 2))))
    #expect(
      one.templates.map(\.path) == [
        "templates/a-template.yml", "templates/a-secret-2-template.yml",
      ])
    let two = draft(
      target(secret("a", value("S", 1))), target(secret("a", value("T", 2)), name: "more"))
    #expect(
      two.templates.map(\.path) == [
        "templates/app/a-template.yml", "templates/more/a-template.yml",
      ])
  }

  @Test("every drafted template and workspace can be read, and names what it uses")
  func readable() throws {
    let draft = draft(
      target(
        secret("db", value("DB_PASSWORD", 1, isChecked: true), value("JWT_SECRET", 2)),
        secret("api", value("STRIPE_KEY", 3), value("CONFIG", 4, .lines))))
    let workspace = try Workspace(SourceText(draft.text))
    #expect(workspace.credentials.map(\.name) == draft.names)
    let read = try draft.templates.map { template in
      try Template(path: template.path, SourceText(template.bytes), credentials: workspace.groups)
    }
    #expect(read.map { $0.secrets.map(\.name) } == [["db"], ["api"]])
  }
}
