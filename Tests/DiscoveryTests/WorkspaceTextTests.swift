/// The `moltseal.yml` that `init` writes: its fields, and what it says of each guess.

import Discovery
import Testing
import Text
import Workspace

@Suite("A drafted workspace")
struct WorkspaceTextTests {
  @Test("the whole file of one password")
  func whole() {
    let secret = secret("db", value("DB_PASSWORD", 1, isChecked: true))
    let draft = draft(target(secret, namespace: "demo"))
    #expect(
      String(decoding: draft.text, as: UTF8.self) == """
        # Written by moltseal init. Each guess has its reason above it; correct what is wrong.
        apiVersion: moltseal.dev/v1
        kind: Workspace
        templates: templates

        credentials:
          # db/DB_PASSWORD: a password, judging by its name
          db-password:
            generate: {kind: alphanumeric, length: 32}
            # rotateEvery: 90d   if whatever checks it accepts a new one automatically

        environments:
          prod:
            # Assumes that it already runs with the present values, which moltseal adopt takes over.
            # If nothing runs yet, set false, and moltseal rotate makes new values.
            deployed: true
            kustomization: k8s/app
            output: k8s/app/sealed
            # The controller's certificate: run moltseal cert fetch, or save it here and run moltseal cert pin.
            # certificate: prod-cert.pem

        """)
  }

  @Test("a guess that a person has to review is marked at its first reason alone")
  func marks() {
    let draft = draft(
      target(
        secret("a", value("APP_SALT", 1)), secret("b", value("WIDGET", 1))), start: .new)
    let reasons = draft.lines.filter { $0.begins(with: "# ") && $0.holds("/") }
    #expect(
      Array(reasons.prefix(3)) == [
        "# a/APP_SALT: a key of the application itself, judging by its name",
        "# decide: b/WIDGET: unknown value: if nobody issues it, generate it instead",
        "# b/WIDGET: the same value today as app-salt",
      ])
    #expect(draft.lines.contains("deployed: false"))
    #expect(!draft.lines.contains { $0.begins(with: "# Assumes") })
  }

  @Test("a namespace that nothing states is asked for, and one that a tool gives is said")
  func namespaces() {
    let (bare, placed) = (
      secret("api", value("S", 1), namespace: nil), secret("web", value("T", 2))
    )
    let lacking = draft(target(bare))
    #expect(lacking.lacksNamespace && lacking.lines.contains("namespace: default"))
    for target in [
      target(bare, namespace: "a"), target(bare, given: ("a", "x.yml")), target(placed),
    ] {
      #expect(!draft(target).lacksNamespace)
      #expect(!draft(target).lines.contains("namespace: default"))
    }
    // Then each template has its own.
    let mixed = draft(target(bare, placed))
    #expect(mixed.lacksNamespace && !mixed.lines.contains("namespace: default"))
    let given = draft(target(bare, given: ("a", "x.yml"))).lines
    #expect(given.contains("# The namespace that x.yml deploys to."))
    #expect(given.contains("namespace: a"))
    for target in [
      target(bare, namespace: "b", given: ("a", "x.yml")), target(placed, given: ("a", "x.yml")),
    ] {
      #expect(!draft(target).lines.contains("namespace: a"))
    }
  }

  @Test("each target of several has its own folder of templates, and its own fields")
  func folders() {
    let lines = draft(
      target(secret("one", value("S", 1))), target(secret("two", value("T", 2)), name: "more")
    ).lines
    #expect(
      lines.filter { $0.begins(with: "templates: ") }
        == ["templates: templates", "templates: templates/app", "templates: templates/more"])
    #expect(
      lines.filter { $0.begins(with: "output: ") }
        == ["output: k8s/app/sealed", "output: k8s/more/sealed"])
    #expect(lines.contains("targets:"))
  }

  @Test("a database's roles are spoken of, on one line whatever its name is")
  func clusters() {
    let draft = draft(
      target(
        secret("one", value("S", 1)), clusters: [(name: "a\u{1F}b\u{7F}c d", secrets: ["x", "y"])]))
    #expect(
      draft.lines.contains(
        "# CloudNativePG: a?b?c d (x, y). To rotate a password without refused logins, let two"))
    #expect(!none.lines.contains { $0.begins(with: "# CloudNativePG") })
  }

  /// A draft without any value.
  private var none: WorkspaceDraft { draft(target(secret("void"))) }

  @Test("without any value there is no credential, and no target")
  func nothing() {
    #expect(none.lines.contains("credentials: {}"))
    #expect(none.lines.contains("targets:"))
    #expect(!none.lines.contains("app:"))
  }
}
