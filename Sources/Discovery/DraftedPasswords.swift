/// Every password that was named, for the URLs that contain one.

internal import Workspace

struct DraftedPasswords {
  private struct Password {
    let value: Int
    let credential: String
    let home: PlacedSecret.Home
    let user: String?
    /// The words of its key that say whose password it is.
    let stem: Set<String>
  }

  private var all: [Password] = []

  /// Records the credential of a password.
  mutating func note(_ credential: String, of value: SurveyedValue, in secret: PlacedSecret) {
    let user: String? = if case .plain(let text)? = secret.user?.shape { text } else { nil }
    all.append(
      Password(
        value: value.value, credential: credential, home: secret.home, user: user,
        stem: Self.stem(value.key)))
  }

  /// The credential of a URL's password; nil if nothing here has it.
  ///
  /// It has the same value, and the same user or Secret if several have that value. For a
  /// placeholder, user or key must point to it.
  func credential(of url: SurveyedURL, key: String, in secret: PlacedSecret) -> String? {
    switch url.password {
    case .placeholder(let number):
      let stem = Self.stem(key + "_" + url.scheme)
      let related = all.filter { $0.value == number && !$0.stem.isDisjoint(with: stem) }
      let found = related.first { $0.user == url.user && !url.user.isEmpty }
      return (found ?? (related.count == 1 ? related[0] : nil))?.credential
    case .value(let number):
      let same = all.filter { $0.value == number }
      let home = secret.home
      let found =
        same.first { $0.user == url.user && $0.home == home }
        ?? same.first { $0.user == url.user } ?? same.first { $0.home == home }
      return (found ?? (same.count == 1 ? same[0] : nil))?.credential
    }
  }

  /// The words of a key that say whose password or address it is.
  private static func stem(_ key: String) -> Set<String> {
    let words = Set(KeyMeaning.words(key)).subtracting(generic)
    return families.filter { !$0.isDisjoint(with: words) }.reduce(words) { $0.union($1) }
  }

  private static let generic: Set<String> = [
    "password", "pass", "passwd", "pwd", "secret", "root", "user", "admin", "default", "url",
    "uri", "dsn", "connection", "string", "conn", "initdb",
  ]
  /// The names of a program, and the schemes of its addresses.
  private static let families: [Set<String>] = [
    ["postgres", "postgresql", "pg", "database", "db", "sql"],
    ["mysql", "mariadb", "database", "db", "sql"],
    ["redis", "rediss", "valkey"], ["mongodb", "mongo"], ["amqp", "amqps", "rabbitmq", "mq"],
  ]
}
