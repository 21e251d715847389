/// Texts that contain a value: addresses with a password, and others.

import Testing
import Workspace

@testable import Discovery

@Suite("Texts that contain a value")
struct ContainedValueTests {
  private func url(
    _ user: String, _ password: Int, scheme: String = "postgres", after: String = "@db/app",
    isPlaceholder: Bool = false
  ) -> ValueShape {
    .url(
      SurveyedURL(
        before: "\(scheme)://\(user):", user: user, after: after,
        password: isPlaceholder ? .placeholder(password) : .value(password)))
  }

  @Test("an address takes the password that it shares, percent-encoded")
  func sharedPassword() {
    let draft = draft(
      target(
        secret("db", value("POSTGRES_PASSWORD", 1, isChecked: true)),
        secret("api", value("DATABASE_URL", 1, url("app", 1)))))
    #expect(
      draft.data == [
        "POSTGRES_PASSWORD: \"${postgres-password}\"",
        "DATABASE_URL: \"postgres://app:${postgres-password|uri}@db/app\"",
      ])
    #expect(
      draft.credentials.map(\.reasons.last) == [
        "api/DATABASE_URL: the password in this URL, the same today"
      ])
    #expect(draft.outcomes.map(\.outcome) == ["password", "derived"])
    #expect(draft.outcomes.map(\.credential) == ["postgres-password", "postgres-password"])
  }

  @Test("an address whose password nothing has is supplied, and so is one that is unfinished")
  func supplied() {
    let checked = value("DB_PASSWORD", 1, isChecked: true)
    for shape in [url("app", 2), url("app", 1, after: "@<your-host>/app")] {
      let draft = draft(target(secret("api", checked, value("DATABASE_URL", 3, shape))))
      #expect(draft.names == ["db-password", "database-url"])
      #expect(draft.data.last == "DATABASE_URL: \"${database-url}\"")
      #expect(
        draft.credentials.last?.reasons == [
          "api/DATABASE_URL: an address with a password, but nothing that is built here is known to check it"
        ])
    }
  }

  /// The credential of an address in the second of two Secrets that have equal, short passwords.
  private func chosen(
    users: (String, String), _ shape: ValueShape, isPlaceholder: Bool = false
  ) -> String? {
    let password: ValueShape = isPlaceholder ? .placeholder : .text(length: 3, .any)
    return draft(
      target(
        secret(
          "a", value("USER", 2, .plain(users.0)), value("DB_PASSWORD", 1, password, isChecked: true)
        ),
        secret(
          "b", value("USER", 3, .plain(users.1)),
          value("DB_PASSWORD", 1, password, isChecked: true),
          value("DATABASE_URL", 4, shape)))
    ).outcomes.last?.credential
  }

  @Test("of several equal passwords it is that of its user and its Secret, its user, its Secret")
  func several() {
    #expect(chosen(users: ("app", "app"), url("app", 1)) == "b-db-password")
    #expect(chosen(users: ("app", "other"), url("app", 1)) == "db-password")
    #expect(chosen(users: ("app", "other"), url("third", 1)) == "b-db-password")
    let elsewhere = draft(
      target(
        secret("a", value("DB_PASSWORD", 1, .text(length: 3, .any), isChecked: true)),
        secret("b", value("DB_PASSWORD", 1, .text(length: 3, .any), isChecked: true)),
        secret("c", value("DATABASE_URL", 4, url("app", 1)))))
    #expect(elsewhere.outcomes.last?.credential == "database-url")
  }

  @Test("a placeholder for a password is that of the user, or the only one of such a program")
  func placeholder() {
    let shape = url("app", 1, isPlaceholder: true)
    #expect(chosen(users: ("x", "app"), shape, isPlaceholder: true) == "b-db-password")
    #expect(chosen(users: ("app", "x"), shape, isPlaceholder: true) == "db-password")
    #expect(chosen(users: ("x", "y"), shape, isPlaceholder: true) == "database-url")
    for (key, scheme, isFound) in [
      ("DATABASE_URL", "postgres", true), ("STORE_URL", "postgresql", true),
      ("CACHE_URL", "redis", false),
    ] {
      let shape = url("app", 1, scheme: scheme, isPlaceholder: true)
      let draft = draft(
        target(
          secret(
            "a", value("DB_PASSWORD", 1, .placeholder, isChecked: true), value(key, 2, shape))))
      #expect((draft.outcomes.last?.credential == "db-password") == isFound, "\(key)")
    }
  }

  @Test("a text takes a value that it contains, with the filter that was applied")
  func holding() {
    for (filter, text) in [(nil, "${app-salt}"), (.base64, "${app-salt|base64}")]
      as [(Filter?, String)]
    {
      let draft = draft(
        target(
          secret(
            "a", value("APP_SALT", 1),
            value(
              "HEADER_TEXT", 2, .holding(before: "a ${x} ", after: " z", value: 1, filter: filter)))
        ))
      #expect(draft.data.last == "HEADER_TEXT: \"a $${x} \(text) z\"")
      #expect(draft.outcomes.last?.outcome == "derived")
      #expect(
        draft.credentials.last?.reasons.last == "a/HEADER_TEXT: part of this text, the same today")
    }
  }

  @Test("a supplied value can be part of a text only through a filter, for it may hold anything")
  func holdingSupplied() {
    func data(_ filter: Filter?, held: Int = 1, after: String = "") -> String? {
      draft(
        target(
          secret(
            "a", value("STRIPE_KEY", 1),
            value("LINE", 2, .holding(before: "k=", after: after, value: held, filter: filter))))
      ).data.last
    }
    #expect(data(.base64) == "LINE: \"k=${stripe-key|base64}\"")
    #expect(data(nil) == "LINE: \"${line}\"")
    #expect(data(.base64, held: 9) == "LINE: \"${line}\"")
    #expect(data(.base64, after: ",<your-host>") == "LINE: \"${line}\"")
  }

  @Test("a supplied text names each value that it contains once, and not itself")
  func held() {
    let draft = draft(
      target(
        secret(
          "a", value("APP_SALT", 1), value("BUNDLE", 2, .lines, holds: [1, 1, 2, 7])))
    )
    #expect(draft.credentials.map(\.holds) == [[], ["app-salt"]])
    #expect(
      draft.credentials.last?.reasons.last
        == "BUNDLE: contains the value of app-salt, in a form that moltseal cannot derive")
  }
}
