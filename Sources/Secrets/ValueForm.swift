/// What the form of a value says about it, whatever its key is.

internal import Text
internal import Workspace

enum ValueForm: Equatable {
  /// A switch, a number, a duration, a time, an algorithm, a path or a host: not a secret.
  case setting
  /// Made somewhere else; the text says why that is known.
  case supplied(String)

  /// - Parameter words: the words of the key.
  init?(_ bytes: UnsafeRawBufferPointer, words: [String]) {
    guard (1...4096).contains(bytes.count) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    if let reason = Self.issued(text, words) {
      self = .supplied(reason)
    } else if bytes.count <= 253, Self.isSetting(text, words) {
      self = .setting
    } else if Self.isNumber(text), ["pin", "code"].contains(words.last ?? "") {
      self = .supplied("a number that somebody chose")
    } else {
      return nil
    }
  }

  // MARK: Values made elsewhere

  private static func issued(_ text: String, _ words: [String]) -> String? {
    if isHash(text) || text.place(of: ":").map({ isHash($0.after) }) ?? false {
      return "a hash, which is made from the password elsewhere"
    }
    if text.begins(with: "-----BEGIN ") { return "a key or certificate" }
    if ["ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-", "AGE-SECRET-KEY-", "ED25519-V3:"].contains(
      where: {
        text.begins(with: $0)
      })
    {
      return "a key of a key pair"
    }
    if text.begins(with: "eyJ"), text.pieces(between: ".").count == 3 {
      return "a signed token (JWT)"
    }
    if let prefix = prefixes.first(where: {
      text.begins(with: $0) && text.utf8.count >= $0.utf8.count + 8
    }) {
      return "a token of a service whose tokens begin with '\(prefix)'"
    }
    if text.begins(with: "{"), text.utf8.last == UInt8(ascii: "}") {
      return "JSON, whose secrets are not made here"
    }
    if isBase64(text) { return "a key in base64, as its reader expects it" }
    if isTokenURL(text) { return "an address that contains a token" }
    if isHeader(text) { return "a credential in an HTTP header" }
    let isOneTime = words.contains { ["totp", "otp", "2fa", "mfa"].contains($0) }
    let isBase32 = text.utf8.allSatisfy { (65...90).contains($0) || (50...55).contains($0) }
    if isOneTime, isBase32, text.utf8.count >= 16 { return "the secret of a second factor" }
    return nil
  }

  private static func isBase64(_ text: String) -> Bool {
    text.begins(with: "base64:")
      || text.utf8.last == UInt8(ascii: "=") && text.utf8.count >= 24
        && text.utf8.allSatisfy { isWord($0) || "+/-_=".utf8.contains($0) }
  }

  /// `Bearer …`, `Basic …`: the value of a header.
  private static func isHeader(_ text: String) -> Bool {
    let lower = text.lowercased()
    let token = ["bearer ", "basic ", "token "].compactMap { lower.without(prefix: $0) }.first
    return token.map { $0.utf8.count >= 4 && !$0.holds(" ") } ?? false
  }

  /// The prefixes of issuers' tokens, to find tokens where they should not be.
  private static let prefixes = [
    "sk_", "pk_", "rk_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
    "gldt-", "xoxb-", "xoxp-", "xoxa-", "xapp-", "AKIA", "ASIA", "hvs.", "hvb.", "SG.", "AIza",
    "ya29.", "npm_", "dckr_pat_", "pypi-", "shpat_", "tskey-", "dop_v1_", "lin_api_", "NRAK-",
    "whsec_", "phc_", "figd_", "hf_", "EAAC", "GOCSPX-", "sntrys_", "sbp_", "pscale_",
  ]

  private static func isHash(_ text: String) -> Bool {
    let marks = [
      "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$apr1$", "$argon2", "$pbkdf2",
      "$scrypt$", "SCRAM-SHA-", "pbkdf2_sha", "bcrypt_sha", "argon2$", "{SSHA", "{SHA", "{SMD5}",
      "{MD5}", "{CRYPT}", "{ARGON2", "{PBKDF2", "{BCRYPT}", "{BLF-CRYPT}",
    ]
    if marks.contains(where: { text.begins(with: $0) }) { return true }
    // The hash of MySQL itself.
    return text.utf8.count == 41 && text.begins(with: "*")
      && text.utf8.dropFirst().allSatisfy { (48...57).contains($0) || (65...70).contains($0) }
  }

  /// Whether an address has a token in its path or parameters.
  private static func isTokenURL(_ text: String) -> Bool {
    guard let (_, rest) = text.place(of: "://"), !text.holds(" ") else { return false }
    let lower = rest.lowercased()
    let names = [
      "signature=", "credential=", "token=", "apikey=", "api_key=", "access_key=", "auth=", "sig=",
    ]
    // Anyone who knows the path can send.
    let hosts = [
      "hooks.slack.com/", "api.telegram.org/bot", "/webhooks/", "/webhook/", "hc-ping.com/",
      "ntfy.sh/",
      "webhook.office.com/", "maker.ifttt.com/",
    ]
    if (names + hosts).contains(where: { lower.holds($0) }) { return true }
    let steps = rest.utf8.split { "/?&=:@#".utf8.contains($0) }.dropFirst()
    return steps.contains { step in
      step.count >= 16 && (isUUID(Array(step)) || !SecretName.isTelling(String(Substring(step))))
    }
  }

  private static func isUUID(_ step: [UInt8]) -> Bool {
    step.count == 36 && [8, 13, 18, 23].allSatisfy { step[$0] == UInt8(ascii: "-") }
      && step.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...102).contains($0 | 0x20) }
  }

  // MARK: Values that are not secret

  private static func isSetting(_ text: String, _ words: [String]) -> Bool {
    let lower = text.lowercased()
    if ["true", "false", "yes", "no", "on", "off"].contains(lower) { return true }
    if algorithms.contains(lower) || isPath(text) || isAddresses(text) { return true }
    // A bad password looks like any of these.
    let isSecret = KeyMeaning.endsInSecret(words)
    if isNumber(text) || isDuration(lower) || isTime(text) { return !isSecret }
    let isLogin = words.contains {
      ["auth", "credential", "credentials", "basicauth"].contains($0)
    }
    return isHost(text) && !isSecret && !(isLogin && text.holds(":"))
  }

  private static let algorithms: Set<String> = [
    "hs256", "hs384", "hs512", "rs256", "rs384", "rs512", "es256", "es384", "es512", "ps256",
    "ps384",
    "ps512", "eddsa", "ed25519", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm", "aes-128-cbc",
    "aes-256-cbc",
    "aes-256-ctr", "aes128", "aes256", "chacha20-poly1305", "argon2", "argon2id", "argon2i",
    "bcrypt",
    "scrypt", "pbkdf2", "sha1", "sha256", "sha384", "sha512", "sha-256", "sha-512", "md5",
    "scram-sha-256", "scram-sha-512", "plain", "rsa", "ecdsa",
  ]

  private static func isNumber(_ text: String) -> Bool {
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
    return !digits.isEmpty && text.utf8.count <= 20
      && digits.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
      && digits.first != UInt8(ascii: ".")
  }

  /// `30m`, `1h30m`, `7 days`, `PT15M`.
  private static func isDuration(_ lower: String) -> Bool {
    var rest = Array((lower.without(prefix: "pt") ?? lower).utf8)[...]
    guard rest.count <= 20, rest.first.map({ (48...57).contains($0) }) == true else { return false }
    let units = [
      "ms", "s", "m", "h", "d", "w", "y", "min", "mins", "sec", "secs", "second", "seconds",
      "minute",
      "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year",
      "years",
    ]
    while !rest.isEmpty {
      let digits = rest.prefix { (48...57).contains($0) }
      rest = rest.dropFirst(digits.count).drop { $0 == 32 }
      let unit = rest.prefix { (97...122).contains($0) }
      guard !digits.isEmpty, units.contains(String(decoding: unit, as: UTF8.self)) else {
        return false
      }
      rest = rest.dropFirst(unit.count).drop { $0 == 32 }
    }
    return true
  }

  /// `2024-05-01`, with or without a time of day.
  private static func isTime(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count >= 10, bytes.count <= 35, bytes[4] == 45, bytes[7] == 45,
      [0, 1, 2, 3, 5, 6, 8, 9].allSatisfy({ (48...57).contains(bytes[$0]) })
    else { return false }
    return bytes.dropFirst(10).allSatisfy { (48...57).contains($0) || "T Z:.+-".utf8.contains($0) }
  }

  /// An absolute path whose steps are words.
  private static func isPath(_ text: String) -> Bool {
    guard text.utf8.count > 2, text.begins(with: "/") else { return false }
    return text.utf8.allSatisfy { isWord($0) || "/._-".utf8.contains($0) }
      && text.pieces(between: "/").allSatisfy { SecretName.isTelling($0) }
  }

  /// `https://shop.example.org`, or several separated by commas, without a user and without
  /// parameters.
  private static func isAddresses(_ text: String) -> Bool {
    text.pieces(between: ",").allSatisfy { address in
      guard let (scheme, rest) = address.place(of: "://").map({ ($0.before, $0.after) }) else {
        return false
      }
      let isPlain = rest.utf8.allSatisfy { isWord($0) || "/._-:*".utf8.contains($0) }
      return !scheme.isEmpty && scheme.utf8.allSatisfy { isWord($0) || $0 == 43 } && !rest.isEmpty
        && isPlain
        && rest.utf8.split { "/:".utf8.contains($0) }.allSatisfy {
          SecretName.isTelling(String(Substring($0)))
        }
    }
  }

  /// `10.0.0.1`, `db.example.org` or `redis:6379`, made only of words.
  private static func isHost(_ text: String) -> Bool {
    let parts = text.pieces(between: ":")
    guard parts.count <= 2, parts.count == 1 || isPort(parts[1]) else { return false }
    let labels = parts[0].pieces(between: ".")
    let isAddress =
      labels.count == 4 && labels.allSatisfy { Int($0).map { (0...255).contains($0) } ?? false }
    if isAddress { return true }
    let isPlain = labels.allSatisfy { label in
      !label.isEmpty && SecretName.isTelling(label)
        && label.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
    let ends: Set<String> = [
      "com", "org", "net", "io", "dev", "example", "local", "internal", "cluster", "svc", "lan",
      "eu",
      "de", "app", "cloud", "test", "localhost",
    ]
    return isPlain && (parts.count == 2 || labels.count > 1 && ends.contains(labels.last ?? ""))
  }

  private static func isPort(_ text: String) -> Bool {
    Int(text).map { (1...65_535).contains($0) } ?? false
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (97...122).contains(byte | 0x20) || (48...57).contains(byte)
  }
}
