/// Guesses from the name of a key what its value is.

internal import Text

/// What the name of a key says about its value.
package enum KeyMeaning: Sendable, Equatable {
  case password
  /// Signs tokens.
  case tokenKey
  /// Signs or protects something of the application itself.
  case applicationKey
  /// Encrypts stored data, which a new key could not read.
  case storageKey
  /// A name, an address, a setting.
  case name
  /// Issued by somebody else.
  case issued
  /// A file.
  case file
  case unknown

  /// Reads a key such as `DB_PASSWORD`, `jwtSecret` or `tls.key`.
  package init(key: String) {
    let words = KeyMeaning.words(key)
    func has(_ some: String...) -> Bool { some.contains { words.contains($0) } }
    let joined = words.joined()
    let last = words.last ?? ""
    if key.utf8.first == UInt8(ascii: ".") || Self.endings.contains(where: { key.ends(with: $0) }) {
      self = .file
    } else if !joined.holds("webhook"), !has("dsn"),
      Self.names.contains(last) || joined.ends(with: "username") || has("enabled", "disabled"),
      !(Self.owners.contains(last) && Self.isPassword(words.dropLast().last ?? ""))
    {
      self = .name
    } else if has("jwt", "jws") && has("secret", "key", "token", "previous", "next")
      || joined.ends(with: "tokensecret") || joined.ends(with: "jwtsecret")
    {
      self = has("public", "private") ? .issued : .tokenKey
    } else if words.contains(where: { Self.issuers.contains($0) }) && !has("user", "username")
      || joined.holds("apikey") || joined.holds("clientsecret") || joined.holds("clientid")
      || joined.holds("accesskey") || joined.holds("apisecret") || joined.holds("webhook")
      || has("dsn", "license", "licence")
      || joined.holds("privatekey") || joined.holds("certificate")
    {
      self = .issued
    } else if ["password", "passwd", "passphrase", "pwd", "pass", "passcode"].contains(where: {
      last.ends(with: $0) || words.contains($0)
    }) {
      self = .password
    } else if has("encryption", "encrypt", "cipher", "crypto", "fernet") || joined == "masterkey" {
      self = .storageKey
    } else if ["secret", "secretkey", "keybase", "signingkey", "sessionkey", "cookiekey", "salt"]
      .contains(where: { joined.ends(with: $0) }) || has("session", "cookie", "csrf", "hmac")
    {
      self = .applicationKey
    } else if last == "token" || last == "key" {
      self = .issued
    } else {
      self = .unknown
    }
  }

  /// What a password belongs to, if the word follows it: `PASSWORD_DB`.
  private static let owners: Set<String> = [
    "user", "username", "login", "db", "dbname", "database", "host", "server", "env", "environment",
    "role", "owner", "email", "mail",
  ]
  /// Words after the name of a secret that say which of several it is.
  private static let qualifiers: Set<String> = [
    "old", "new", "previous", "prev", "next", "current", "backup", "prod", "production", "dev",
    "staging", "test", "admin", "root", "app",
  ]
  private static let passwords = ["password", "passwd", "passphrase", "pwd"]

  private static func isPassword(_ word: String) -> Bool {
    passwords.contains { word.ends(with: $0) }
  }

  /// Whether the last word of a key that describes the value is that of a secret, so that even a
  /// number is one.
  ///
  /// True for `PGPASSWORD`, `PIN`, `DB_PASSWORD_1` and `PASSWORD_DB`, false for
  /// `PASSWORD_MIN_LENGTH`.
  package static func endsInSecret(_ words: [String]) -> Bool {
    let isNumber = { (word: String) in word.utf8.allSatisfy { (48...57).contains($0) } }
    var rest = words[...]
    while rest.count > 1, let last = rest.last,
      isNumber(last) || qualifiers.contains(last)
        || owners.contains(last) && isPassword(rest.dropLast().last ?? "")
    {
      rest = rest.dropLast()
    }
    guard let word = rest.last else { return false }
    let bare = String(
      decoding: word.utf8.reversed().drop { (48...57).contains($0) }.reversed(), as: UTF8.self)
    return isPassword(bare) || bare.ends(with: "secret") || bare.ends(with: "token")
      || ["pass", "passcode", "pin", "code", "key", "apikey"].contains(bare)
  }

  private static let endings = [
    ".pem", ".crt", ".key", ".cert", ".json", ".yaml", ".yml", ".toml", ".ini", ".conf", ".cfg",
    ".env", ".properties", ".xml", ".txt", ".p12", ".jks", ".kubeconfig", ".sh", ".sql", ".pub",
    "kubeconfig", "htpasswd", "ssh-privatekey", "id_rsa", "known_hosts", ".netrc", ".pgpass",
  ]
  private static let issuers: Set<String> = [
    "aws", "gcp", "google", "azure", "github", "gitlab", "gitea", "slack", "twitter", "stripe",
    "sendgrid", "twilio", "openai", "anthropic", "sentry", "datadog", "cloudflare", "oauth",
    "oidc", "smtp", "mailgun", "paypal", "facebook", "discord", "telegram", "apple", "npm",
    "mail", "email", "ldap", "registry", "cloudinary", "recaptcha", "hcaptcha", "captcha",
    "paystack",
    "docker", "dockerhub", "quay", "okta", "auth0", "newrelic", "pagerduty", "s3",
  ]
  private static let names: Set<String> = [
    "user", "username", "login", "db", "dbname", "database", "host", "hostname", "port", "name",
    "region", "bucket", "endpoint", "email", "mail", "domain", "issuer", "schema", "mode", "level",
    "type", "url", "uri", "address", "addr", "server", "path", "env", "environment", "timeout",
    "version", "role", "owner", "org", "organization", "project", "audience", "namespace", "zone",
    "provider", "driver", "dialect", "protocol", "scheme", "enabled", "debug",
    "header", "prefix", "suffix", "hasher", "algorithm", "alg", "ttl", "expiration", "expiry",
    "expires",
    "lifetime", "length", "callback", "mtime", "count", "limit", "interval", "file", "secure",
    "branch", "image", "tag", "repo", "repository", "scope", "scopes", "format", "locale", "size",
  ]

  /// The words of a key: `DB_PASSWORD` and `dbPassword` are `db`, `password`.
  package static func words(_ key: String) -> [String] {
    var words: [[UInt8]] = [[]]
    var before: UInt8 = 0
    for byte in key.utf8 {
      let isUpper = (65...90).contains(byte)
      let isWord = isUpper || (97...122).contains(byte) || (48...57).contains(byte)
      if !isWord || isUpper && (97...122).contains(before) { words.append([]) }
      if isWord { words[words.count - 1].append(isUpper ? byte | 0x20 : byte) }
      before = byte
    }
    return words.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
  }
}
