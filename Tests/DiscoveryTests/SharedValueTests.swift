/// Equal values: when they are one credential, and when they only happen to be equal.

import Testing
import Text
import Workspace

@testable import Discovery

@Suite("Values that are used twice")
struct SharedValueTests {
  /// The expression of each key of a draft.
  private func texts(_ draft: WorkspaceDraft) -> [String: String] {
    Dictionary(
      draft.outcomes.map { ($0.key, $0.credential ?? "") }, uniquingKeysWith: { $0 + " " + $1 })
  }

  @Test("equal values of one meaning are one credential, and its reasons say where else it is")
  func same() {
    let draft = draft(
      target(
        secret("a", value("DB_PASSWORD", 1, isChecked: true)), secret("b", value("DB_PASS", 1))))
    #expect(texts(draft) == ["DB_PASSWORD": "db-password", "DB_PASS": "db-password"])
    #expect(
      draft.credentials.map(\.reasons) == [
        ["a/DB_PASSWORD: a password, judging by its name", "b/DB_PASS: the same value today"]
      ])
  }

  @Test(
    "a value of less than four characters may be equal by chance",
    arguments: [(3, ["one-salt", "two-salt"]), (4, ["one-salt"])])
  func short(length: Int, names: [String]) {
    let shape = ValueShape.text(length: length, .any)
    let draft = draft(
      target(secret("a", value("ONE_SALT", 1, shape), value("TWO_SALT", 1, shape))))
    #expect(draft.names == names)
  }

  @Test("placeholders are equal and still not one value")
  func placeholders() {
    let draft = draft(
      target(secret("a", value("ONE_SALT", 1, .placeholder), value("TWO_SALT", 1, .placeholder))))
    #expect(draft.names == ["one-salt", "two-salt"])
  }

  @Test(
    "under another kind of name it is one if it is long, and if something here checks it",
    arguments: [(8, true, true), (7, true, false), (8, false, false)])
  func otherMeaning(length: Int, isChecked: Bool, isOne: Bool) {
    let shape = ValueShape.text(length: length, .any)
    let draft = draft(
      target(
        secret("a", value("APP_SALT", 1, shape, isChecked: isChecked)),
        secret("b", value("WIDGET", 1, shape))))
    #expect(draft.names == (isOne ? ["app-salt"] : ["app-salt", "widget"]))
  }

  @Test("a supplied value that equals another holds it, and a generated one will not")
  func twins() {
    let long = ValueShape.text(length: 40, .any)
    let draft = draft(
      target(
        secret("a", value("APP_SALT", 1, long)), secret("b", value("WIDGET", 1, long)),
        secret("c", value("FERNET", 1, long))))
    #expect(draft.names == ["app-salt", "widget", "fernet"])
    #expect(draft.credentials.map(\.holds) == [[], ["app-salt"], []])
    #expect(
      draft.credentials.map(\.reasons.last) == [
        "a/APP_SALT: a key of the application itself, judging by its name",
        "b/WIDGET: the same value today as app-salt", "c/FERNET: the same value today as app-salt",
      ])
  }

  @Test("a password that nothing here checks is supplied, for nobody would know a new one")
  func unchecked() {
    let draft = draft(target(secret("api", value("DB_PASSWORD", 1))))
    #expect(draft.credentials.map(\.isSupplied) == [true])
    #expect(
      draft.credentials.map(\.reasons) == [
        [
          "api/DB_PASSWORD: a password, but nothing that is built here is known to check it"
        ]
      ])
    #expect(draft.credentials.map(\.isMarked) == [false])
  }

  @Test("such a password that equals another value holds it")
  func uncheckedTwin() {
    let draft = draft(target(secret("api", value("APP_SALT", 1), value("DB_PASSWORD", 1))))
    #expect(draft.credentials.map(\.holds) == [[], ["app-salt"]])
    #expect(
      draft.credentials.last?.reasons.last
        == "api/DB_PASSWORD: the same value today as app-salt")
  }

  @Test("a lone password of a Secret that names no service is its reader's own")
  func own() {
    func isSupplied(_ secret: SurveyedSecret) -> Bool? {
      draft(target(secret)).credentials.first { $0.name.ends(with: "password") }?.isSupplied
    }
    #expect(isSupplied(secret("grafana", value("PASSWORD", 1))) == false)
    #expect(isSupplied(secret("grafana", value("ADMIN_PASSWORD", 1))) == true)
    #expect(isSupplied(secret("grafana", value("PASSWORD", 1), value("SALT", 2))) == true)
    #expect(isSupplied(secret("redis-login", value("PASSWORD", 1))) == true)
    #expect(isSupplied(secret("stripe", value("PASSWORD", 1))) == true)
  }

  @Test("the secret half of an access key is issued with the other half, unless it is checked here")
  func accessKey() {
    func isSupplied(_ values: SurveyedValue...) -> Bool? {
      let secret = SurveyedSecret(
        SurveyedSecret.Metadata(name: "store", namespace: nil, labels: [], annotations: []),
        type: nil, mutability: .mutable, values: values)
      return draft(target(secret)).credentials.first { $0.name == "store-secret-key" }?.isSupplied
    }
    #expect(isSupplied(value("SECRET_KEY", 1)) == false)
    #expect(isSupplied(value("SECRET_KEY", 1), value("ACCESS_KEY", 2)) == true)
    #expect(isSupplied(value("SECRET_KEY", 1, isChecked: true), value("ACCESS_KEY", 2)) == false)
  }

  @Test("a person is asked about what is unknown and could be generated, and about nothing else")
  func asked() {
    var asked: [String] = []
    let draft = draft(
      target(
        secret(
          "api", value("WIDGET", 1), value("FILE", 2, .lines),
          value("APP_SALT", 3), value("GADGET", 4), value("THING", 5, .lines)))
    ) { place in
      asked.append(place)
      return place == "api/WIDGET" ? .applicationKey : nil
    }
    #expect(asked == ["api/WIDGET", "api/GADGET"])
    #expect(draft.credentials.filter { !$0.isSupplied }.map(\.name) == ["widget", "app-salt"])
  }
}
