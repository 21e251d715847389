/// The pairs of names and values in one line of text: parameters, connection strings, JSON.

internal import Text
internal import Workspace

/// Whether a text contains anything that may be a secret.
enum PairText {
  /// The bytes that end a word.
  private static let separators = Set(" ;,&?=:/@{}[]()\"'\\\n\t|#+".utf8)

  /// Whether every word looks as if somebody chose it, and every pair is a setting.
  static func isSetting(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var words: [(text: String, range: Range<Int>)] = []
    var start = 0
    while start < bytes.count {
      let word = bytes[start...].prefix { !separators.contains($0) }
      if !word.isEmpty {
        words.append((String(decoding: word, as: UTF8.self), start..<start + word.count))
      }
      start += word.count + 1
    }
    for (index, word) in words.enumerated() {
      guard SecretName.isTelling(word.text) else { return false }
      guard index + 1 < words.count else { continue }
      let next = words[index + 1]
      let between = bytes[word.range.upperBound..<next.range.lowerBound]
      if isPair(between) {
        if namesSecret(word.text) || !isSettingPair(word.text, next.text) { return false }
      } else if namesSecret(word.text), !isHost(word.text, between) {
        // A word after the name of a secret is a secret.
        return false
      }
    }
    return true
  }

  /// Whether a word followed by a port or a path is a host, whatever its name contains.
  private static func isHost(_ word: String, _ between: Slice<UnsafeRawBufferPointer>) -> Bool {
    word.utf8.contains { "-.".utf8.contains($0) }
      && between.count == 1 && ":/".utf8.contains(between[between.startIndex])
  }

  private static func isPair(_ between: Slice<UnsafeRawBufferPointer>) -> Bool {
    let marks = between.filter { $0 != 32 && $0 != 9 }
    let isAssigned = marks.first == UInt8(ascii: "=")
    let isMember =
      marks.contains(UInt8(ascii: ":")) && marks.first == UInt8(ascii: "\"")
      && !marks.contains { "{},".utf8.contains($0) }
    return isAssigned || isMember
  }

  private static func isSettingPair(_ name: String, _ value: String) -> Bool {
    if KeyMeaning(key: name) == .name || settings.contains(name.lowercased()) { return true }
    var value = value
    return value.withUTF8 {
      ValueForm(UnsafeRawBufferPointer($0), words: KeyMeaning.words(name)) == .setting
    }
  }

  private static func namesSecret(_ word: String) -> Bool {
    switch KeyMeaning(key: word) {
    case .password, .tokenKey, .applicationKey, .storageKey, .issued: true
    case .name, .unknown, .file: secrets.contains(word.lowercased())
    }
  }

  /// Names of secrets in parameters, in addition to the names of keys.
  private static let secrets: Set<String> = [
    "pw", "psk", "pin", "auth", "cred", "creds", "credential", "credentials", "sig", "signature",
  ]

  /// Driver parameters whose value is a word.
  private static let settings: Set<String> = [
    "sslmode", "ssl", "tls", "charset", "characterencoding", "collation", "loc", "parsetime", "w",
    "servertimezone", "timezone", "applicationname", "application_name", "appname", "options",
    "catalog", "source", "id", "uid", "authsource", "authmechanism", "replicaset", "readpreference",
    "currentschema", "search_path", "channel_binding", "target_session_attrs", "encrypt", "client",
    "connection_limit", "pgbouncer", "sslrootcert", "sslcert", "vhost", "family", "data",
    "instance",
    "security", "pooling", "compressors", "plugin", "kind", "network", "from", "sender",
    "retrywrites",
  ]
}
