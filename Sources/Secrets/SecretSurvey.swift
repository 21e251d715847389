/// Describes the values of existing Secrets without revealing a secret.

internal import Cryptography
internal import Text
package import Workspace

/// Distinguishes values without returning any of them.
package struct SecretSurvey {
  /// Every value and every password of a URL that was seen; its index is its number.
  var seen: [SecretBytes] = []

  /// The values that are secret by their keys: no text that contains one is shown.
  var secrets: [SecretBytes] = []
  /// `SECRET/KEY` of each of them.
  var names: [String] = []
  /// The values that may be secret: no annotation that contains one is shown.
  private var doubtful: [SecretBytes] = []

  package init() {}

  /// Records the values that must not be shown; call it before any `look(at:)`.
  package mutating func note(_ secret: SecretManifest) {
    for item in secret.items {
      noteDoubtful(item)
      switch KeyMeaning(key: item.key) {
      case .name, .unknown, .file: continue
      case .password, .tokenKey, .applicationKey, .storageKey, .issued: break
      }
      let isTelling = item.value.withBytes { bytes in
        bytes.count >= 6 && !Placeholder.isWhole(bytes)
          && ValueForm(bytes, words: KeyMeaning.words(item.key)) != .setting
      }
      if isTelling, !secrets.contains(where: { isEqual($0, item.value) }) {
        secrets.append(item.value)
        names.append("\(secret.metadata.name)/\(item.key)")
      }
    }
  }

  /// Records the password in a URL, and a value whose meaning is unknown.
  private mutating func noteDoubtful(_ item: SecretManifest.Item) {
    let secret = item.value.withBytes { bytes -> SecretBytes? in
      if let info = UserInfo(bytes) {
        return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[info.password]))
      }
      let isUnknown = KeyMeaning(key: item.key) == .unknown && !looksChosen(bytes)
      return isUnknown ? SecretBytes(copying: bytes) : nil
    }
    if let secret, secret.count >= 8 { doubtful.append(secret) }
  }

  /// Describes a Secret.
  package mutating func look(at secret: SecretManifest) -> SurveyedSecret {
    let values = secret.items.map { item in
      let (shape, value) = shape(of: item)
      let held = held(in: item)
      let numbers = held.map { number(of: $0.secret) }
      if held.count == 1, Self.canHold(shape), let holding = holding(item, held[0], numbers[0]) {
        return SurveyedValue(key: item.key, shape: holding, value: value, holds: numbers)
      }
      return SurveyedValue(key: item.key, shape: shape, value: value, holds: numbers)
    }
    func pairs(_ map: [Name: String]) -> [(key: String, value: String)] {
      map.map { (key: $0.text, value: $1) }.sorted { Name($0.key).text < Name($1.key).text }
    }
    let metadata = secret.metadata
    return SurveyedSecret(
      SurveyedSecret.Metadata(
        name: metadata.name, namespace: metadata.namespace.isEmpty ? nil : metadata.namespace,
        labels: pairs(metadata.labels),
        annotations: pairs(metadata.annotations).filter { !tells($0.value) }),
      type: secret.type, mutability: secret.immutable ?? false ? .immutable : .mutable,
      values: values)
  }

  /// The shape of a value, and its number; if it is a URL, the number of its password.
  private mutating func shape(of item: SecretManifest.Item) -> (ValueShape, Int) {
    let own = number(of: item.value)
    let shape = item.value.withBytes { self.shape(of: $0, key: item.key) }
    guard case .text = shape, let parts = item.value.withBytes({ parts(ofURL: $0) }) else {
      return (shape, own)
    }
    let number = number(of: parts.password)
    let url = SurveyedURL(
      before: parts.before, user: parts.user, after: parts.after,
      password: parts.isPlaceholder ? .placeholder(number) : .value(number))
    return (.url(url), number)
  }

  private func shape(of bytes: UnsafeRawBufferPointer, key: String) -> ValueShape {
    guard !bytes.isEmpty else { return .empty }
    guard isText(bytes) else { return .binary }
    if Self.markers.contains(where: { bytes.holds($0) }) { return .reference }
    let trimmed = bytes.last == 10 ? UnsafeRawBufferPointer(rebasing: bytes.dropLast()) : bytes
    if trimmed.contains(10) { return shape(ofLines: bytes) }
    if Placeholder.isWhole(bytes), KeyMeaning(key: key) != .name { return .placeholder }
    switch ValueForm(bytes, words: KeyMeaning.words(key)) {
    case .setting where !tells(bytes): return .plain(String(decoding: bytes, as: UTF8.self))
    case .supplied(let reason):
      let inner = bytes.first == UInt8(ascii: "{") ? InnerKeys.secrets(in: bytes) : []
      return .issued(
        inner.isEmpty ? reason : "JSON, which contains \(inner.joined(separator: ", "))")
    case .setting, nil: break
    }
    if isSetting(bytes, key: key) { return .plain(String(decoding: bytes, as: UTF8.self)) }
    let isHex =
      bytes.count >= 16 && bytes.count % 2 == 0
      && bytes.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    return .text(length: bytes.count, isHex ? .hex : .any)
  }

  private func shape(ofLines bytes: UnsafeRawBufferPointer) -> ValueShape {
    if bytes.holds("-----BEGIN ") { return .pem }
    let inner = InnerKeys.secrets(in: bytes)
    if inner.isEmpty { return .lines }
    return .issued("a file of several lines, which contains \(inner.joined(separator: ", "))")
  }

  /// Whether a value whose key says that it is not secret may be shown.
  private func isSetting(_ bytes: UnsafeRawBufferPointer, key: String) -> Bool {
    let meaning = KeyMeaning(key: key)
    guard meaning == .name || meaning == .unknown && isSwitch(bytes) else { return false }
    // A login name is not secret, even if the password is the same word today.
    let isLogin = meaning == .name && KeyMeaning.words(key).last?.ends(with: "user") == true
    return isPlain(bytes) && UserInfo(bytes) == nil
      && !tells(bytes, as: isLogin ? .login : .text) && looksChosen(bytes)
      && (!bytes.contains(UInt8(ascii: "=")) || PairText.isSetting(bytes))
  }

  /// A URL taken apart: its password is a separate value.
  private struct URLParts {
    let before: String
    let user: String
    let after: String
    let password: SecretBytes
    let isPlaceholder: Bool
  }

  /// The parts of a URL with a password; nil if the rest of it may contain a secret.
  private func parts(ofURL bytes: UnsafeRawBufferPointer) -> URLParts? {
    guard let info = UserInfo(bytes) else { return nil }
    let end = info.password.upperBound
    let tail = UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...])
    let head = UnsafeRawBufferPointer(rebasing: bytes[..<info.password.lowerBound])
    guard !tells(tail), PairText.isSetting(tail), !tells(head, as: .startOfURL) else { return nil }
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    let password = UnsafeRawBufferPointer(rebasing: bytes[info.password])
    let written = SecretBytes(copying: password)
    return URLParts(
      before: text(0..<info.password.lowerBound), user: text(info.user),
      after: text(end..<bytes.count), password: Filter.uri.undo(written) ?? written,
      isPlaceholder: Placeholder.isWhole(password))
  }

  /// Marks in a value that some tool replaces before anybody reads it.
  private static let markers = ["ENC[AES256_GCM", "vault:secret", "ref+", "<path:", "op://"]

  private func isEqual(_ left: SecretBytes, _ right: SecretBytes) -> Bool {
    left.count == right.count
      && left.withBytes { bytes in right.withBytes { bytes.elementsEqual($0) } }
  }

  private mutating func number(of value: SecretBytes) -> Int {
    let known = seen.firstIndex { isEqual($0, value) }
    if let known { return known }
    seen.append(value)
    return seen.count - 1
  }

  func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
  }

  /// What a text is that may contain a secret.
  private enum TextPart {
    case text
    /// The start of a URL up to its password; the user in it is shown.
    case startOfURL
    /// A login name, which may be equal to a secret as a whole.
    case login
  }

  /// Whether a text may contain a secret: userinfo, a parameter with the name of one, or a value
  /// that is secret elsewhere.
  private func tells(_ bytes: UnsafeRawBufferPointer, as part: TextPart = .text) -> Bool {
    if part != .startOfURL, let at = bytes.firstIndex(of: UInt8(ascii: "@")),
      bytes[..<at].contains(UInt8(ascii: ":"))
    {
      return true
    }
    let lower = SecretBytes(count: bytes.count) { output in
      for (index, byte) in bytes.enumerated() {
        output[index] = (65...90).contains(byte) ? byte | 0x20 : byte
      }
    }
    let names = [
      "password", "passwd", "pwd", "secret", "token", "key", "sig", "pass", "code", "passphrase",
      "pw",
      "auth", "credential", "credentials", "signature", "psk", "pin",
    ]
    let isNamed = lower.withBytes { lower in
      names.contains { name in
        lower.holds("\(name)=") || lower.holds("\(name) =")
      }
    }
    if isNamed { return true }
    return secrets.contains { secret in
      !(part == .login && secret.count == bytes.count) && secret.withBytes { bytes.holds($0) }
    }
  }

  /// Whether the text of an annotation is or contains a secret.
  private func tells(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      return holdsSecret(bytes)
        // In base64, alone or with a user before it.
        || bytes.split { !Self.isWord($0) && !"+/=".utf8.contains($0) }.contains { word in
          guard (8...8192).contains(word.count) else { return false }
          let decoded = Base64.decodeSecret(UnsafeRawBufferPointer(rebasing: word))
          return decoded?.withBytes { holdsSecret($0) } ?? false
        }
    }
  }

  private func holdsSecret(_ bytes: UnsafeRawBufferPointer) -> Bool {
    (secrets + doubtful).contains { $0.withBytes { bytes.holds($0) } }
  }

  /// Whether every word of a text looks as if somebody chose it: even a key named like a port may
  /// have a token as its value.
  private func looksChosen(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let words = bytes.split { byte in
      !((97...122).contains(byte | 0x20) || (48...57).contains(byte))
    }
    // Only addresses have these characters between words; names do not.
    let isAddress = bytes.holds("://")
    guard isAddress || !bytes.contains(where: { "+&?=%!$#*^~`|<>".utf8.contains($0) }) else {
      return false
    }
    return words.allSatisfy { SecretName.isTelling(String(decoding: $0, as: UTF8.self)) }
  }

  /// Whether a text may appear in a template unchanged: one short line of printable ASCII.
  private func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count <= 253 && bytes.allSatisfy { $0 >= 32 && $0 < 127 }
  }

  /// `true`, `8080`.
  private func isSwitch(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let words = ["true", "false", "yes", "no", "on", "off"]
    return bytes.count <= 5
      && (bytes.allSatisfy { (48...57).contains($0) }
        || words.contains { $0.utf8.elementsEqual(bytes.map { $0 | 0x20 }) })
  }

  static func isWord(_ byte: UInt8) -> Bool {
    (97...122).contains(byte | 0x20) || (48...57).contains(byte)
  }
}
