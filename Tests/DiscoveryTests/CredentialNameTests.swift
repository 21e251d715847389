/// The names of credentials, and the places that their reasons tell.

import Discovery
import Testing
import Workspace

@Suite("Names of credentials")
struct CredentialNameTests {
  @Test("no two credentials have one name, and none has the certificate's variable")
  func distinct() {
    let names = draft(
      target(
        secret("api", value("SEED", 1), value("fingerprint", 2)),
        secret("other", value("SEED", 3), namespace: "a"),
        secret("other", value("SEED", 4), namespace: "b"))
    ).names
    #expect(names == ["seed", "api-fingerprint", "other-seed", "other-seed-2"])
  }

  @Test(
    "a key that says nothing by itself takes the name of its Secret",
    arguments: [
      ("DB_PASSWORD", "db-password"), ("PASSWORD", "api-password"), ("TOKEN", "api-token"),
      ("SECRET_KEY", "api-secret-key"), ("dbToken", "db-token"),
    ])
  func generic(key: String, name: String) {
    #expect(draft(target(secret("api", value(key, 1)))).names == [name])
  }

  @Test(
    "a name begins with a letter",
    arguments: [
      ("ALPHA_SEED", "alpha-seed"), ("ZULU_SEED", "zulu-seed"), ("2FA_SEED", "c-2fa-seed"),
    ])
  func letter(key: String, name: String) {
    #expect(draft(target(secret("api", value(key, 1)))).names == [name])
  }

  @Test("a name has at most 60 characters")
  func length() {
    let names = [60, 61].flatMap {
      draft(target(secret("api", value(String(repeating: "w", count: $0), 1)))).names
    }
    #expect(names == [String](repeating: String(repeating: "w", count: 60), count: 2))
  }

  @Test("what is checked is named first, in whatever order it is found")
  func checkedFirst() {
    let names = draft(
      target(secret("a", value("ONE", 1), value("TWO", 2, isChecked: true))),
      target(secret("b", value("THREE", 3, isChecked: true)), name: "more")
    ).names
    #expect(names == ["two", "three", "one"])
  }

  @Test("a place names its namespace among Secrets of one name, and its target among several")
  func places() {
    func places(_ targets: SurveyedTarget...) -> [String] {
      WorkspaceDraft(
        targets, settings(templates: "t"), withoutHash: { _ in nil }
      ).burnt
    }
    #expect(places(target(secret("a", value("K", 1)))) == ["a/K"])
    #expect(
      places(
        target(
          secret("a", value("K", 1), namespace: "x"), secret("a", value("K", 2), namespace: nil)))
        == ["x/a/K", "a/K"])
    #expect(
      places(target(secret("a", value("K", 1))), target(secret("b", value("K", 2)), name: "more"))
        == ["app: a/K", "more: b/K"])
  }

  @Test(
    "a built name loses prefix, suffix and hash, but not a hash that no generator appends",
    arguments: [
      ("dev-api-x-5f2k4m8h6t", "api"), ("dev-api-x", "api"), ("dev-other-x-5f2k4m8h6t", ""),
      ("api-x", ""), ("dev-api", ""),
    ])
  func ownName(built: String, own: String) throws {
    let draft = draft(
      target(
        secret(built, value("K", 1)), prefix: "dev-", suffix: "-x", generated: ["api"]))
    #expect(try draft.secrets == [own.isEmpty ? built : own])
  }
}
