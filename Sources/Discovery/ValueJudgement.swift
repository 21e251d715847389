/// What the shape of a value, and the keys beside it, say about it.

internal import Text
internal import Workspace

extension ValueShape {
  /// Whether a new random value can take its place.
  var canBeGenerated: Bool {
    switch self {
    case .empty, .placeholder, .text: true
    case .binary, .reference, .pem, .lines, .plain, .url, .issued, .holding: false
    }
  }

  /// Whether an equal value elsewhere is equal for a reason.
  var isComparable: Bool {
    switch self {
    case .empty, .placeholder, .plain, .holding: false
    case .text(let length, _): length >= 4
    case .url, .binary, .pem, .lines, .issued, .reference: true
    }
  }

  /// Whether it is too long to be equal to another value by coincidence.
  var isLong: Bool { if case .text(let length, _) = self { length >= 8 } else { false } }
}

extension SurveyedValue {
  /// Whether the value is a credential by itself: no text that contains one, and no setting.
  var isCredential: Bool {
    switch shape {
    case .url, .empty, .holding: false
    case .plain(let text): Placeholder.find(in: text, key: key) != nil
    case .placeholder, .binary, .pem, .lines, .issued, .reference, .text: true
    }
  }

  /// The meaning of a key among the other keys of its Secret.
  ///
  /// The secret half of an access key is issued together with the other half.
  func meaning(in secret: SurveyedSecret) -> KeyMeaning {
    func joined(_ key: String) -> String { KeyMeaning.words(key).joined() }
    let isHalf = ["secretkey", "secretaccesskey"].contains { joined(key).ends(with: $0) }
    let hasOther = secret.values.contains { joined($0.key).holds("accesskey") && $0.key != key }
    return isHalf && hasOther && !isChecked ? .issued : KeyMeaning(key: key)
  }

  /// Whether it is a password of something that is not known, which would refuse another one.
  func isCheckedElsewhere(in secret: SurveyedSecret) -> Bool {
    meaning(in: secret) == .password && !isChecked && !isOwn(of: secret) && shape.canBeGenerated
  }

  /// Whether a value is a lone `PASSWORD` in a Secret whose name suggests nothing outside.
  ///
  /// The name contains no user, host or service whose password it could be, so that only its reader
  /// here checks it.
  private func isOwn(of secret: SurveyedSecret) -> Bool {
    let isBare = ["password", "passwd", "passphrase"].contains(
      KeyMeaning.words(key).joined(separator: "_"))
    let words = KeyMeaning.words(secret.name)
    return isBare && secret.values.count == 1 && Self.services.isDisjoint(with: words)
      && KeyMeaning(key: secret.name + "_password") == .password
  }

  private static let services: Set<String> = [
    "postgres", "postgresql", "pg", "mysql", "mariadb", "database", "db", "sql", "redis", "valkey",
    "mongodb", "mongo", "amqp", "rabbitmq", "mq", "kafka", "nats", "elastic", "elasticsearch",
    "git", "ssh", "user", "external", "proxy", "vpn", "backup", "restic",
  ]
}
