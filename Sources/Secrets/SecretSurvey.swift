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
      if let (_, password, _) = url(bytes) {
        return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[password]))
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
    func pairs(_ map: [ByBytes: String]) -> [(key: String, value: String)] {
      map.map { (key: $0.text, value: $1) }.sorted { ByBytes($0.key).text < ByBytes($1.key).text }
    }
    return SurveyedSecret(
      name: secret.metadata.name,
      namespace: secret.metadata.namespace.isEmpty ? nil : secret.metadata.namespace,
      type: secret.type, isImmutable: secret.immutable ?? false,
      labels: pairs(secret.metadata.labels),
      annotations: pairs(secret.metadata.annotations).filter { !tells($0.value) },
      values: values)
  }

  private mutating func shape(of item: SecretManifest.Item) -> (ValueShape, Int) {
    let own = number(of: item.value)
    let meaning = KeyMeaning(key: item.key)
    let shape: ValueShape = item.value.withBytes { bytes in
      guard !bytes.isEmpty else { return .empty }
      guard isText(bytes) else { return .binary }
      if Self.markers.contains(where: { bytes.holds($0) }) { return .reference }
      let trimmed = bytes.last == 10 ? UnsafeRawBufferPointer(rebasing: bytes.dropLast()) : bytes
      if trimmed.contains(10) {
        let inner = InnerKeys.secrets(in: bytes)
        if bytes.holds("-----BEGIN ") || inner.isEmpty {
          return .lines(isPEM: bytes.holds("-----BEGIN "))
        }
        return .issued("a file of several lines, which contains \(inner.joined(separator: ", "))")
      }
      if Placeholder.isWhole(bytes), meaning != .name { return .placeholder }
      switch ValueForm(bytes, words: KeyMeaning.words(item.key)) {
      case .setting where !tells(bytes): return .plain(String(decoding: bytes, as: UTF8.self))
      case .supplied(let reason):
        let inner = bytes.first == UInt8(ascii: "{") ? InnerKeys.secrets(in: bytes) : []
        return .issued(
          inner.isEmpty ? reason : "JSON, which contains \(inner.joined(separator: ", "))")
      case .setting, nil: break
      }
      let isSetting = meaning == .name || meaning == .unknown && isSwitch(bytes)
      // A login name is not secret, even if the password is the same word today.
      let isLogin = meaning == .name && KeyMeaning.words(item.key).last?.ends(with: "user") == true
      if isSetting, isPlain(bytes), url(bytes) == nil, !tells(bytes, isLogin: isLogin),
        looksChosen(bytes),
        !bytes.contains(UInt8(ascii: "=")) || PairText.isSetting(bytes)
      {
        return .plain(String(decoding: bytes, as: UTF8.self))
      }
      let isHex =
        bytes.count >= 16 && bytes.count % 2 == 0
        && bytes.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
      return .text(length: bytes.count, isHex: isHex)
    }
    guard case .text = shape else { return (shape, own) }
    // The password of a URL is a separate value.
    let parts:
      (
        before: String, user: String, after: String, password: SecretBytes, isPlaceholder: Bool
      )? = item.value.withBytes { bytes in
        guard let (user, password, end) = url(bytes),
          !tells(UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...])),
          PairText.isSetting(UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...])),
          !tells(UnsafeRawBufferPointer(rebasing: bytes[..<password.lowerBound]), isStart: true)
        else { return nil }
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let written = SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[password]))
        return (
          text(0..<password.lowerBound), text(user), text(end..<bytes.count),
          Filter.uri.undo(written) ?? written,
          Placeholder.isWhole(UnsafeRawBufferPointer(rebasing: bytes[password]))
        )
      }
    guard let parts else { return (shape, own) }
    let password = number(of: parts.password)
    return (
      .url(
        before: parts.before, user: parts.user, after: parts.after, password: password,
        isPlaceholder: parts.isPlaceholder),
      password
    )
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

  /// The ranges of user and password in `scheme://user:password@host…`, and the end of the
  /// password.
  private func url(
    _ bytes: UnsafeRawBufferPointer
  ) -> (user: Range<Int>, password: Range<Int>, end: Int)? {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
      bytes[..<colon].allSatisfy({ isWord($0) || "+.-".utf8.contains($0) }),
      bytes.count > colon + 3, bytes[colon + 1] == 47, bytes[colon + 2] == 47
    else { return nil }
    let start = colon + 3
    let end = bytes[start...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.count
    guard let at = bytes[start..<end].lastIndex(of: UInt8(ascii: "@")),
      let separator = bytes[start..<at].firstIndex(of: UInt8(ascii: ":")), separator + 1 < at,
      // A password may contain `@` and then `/`, `?` or `#`: its end is then unknown.
      !bytes[(at + 1)...].contains(UInt8(ascii: "@")),
      bytes.allSatisfy({ $0 > 32 && $0 < 127 })
    else { return nil }
    return (start..<separator, (separator + 1)..<at, at)
  }

  func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
  }

  /// Whether a text may contain a secret: userinfo, a parameter with the name of one, or a value
  /// that is secret elsewhere.
  ///
  /// - Parameter isStart: whether it is the start of a URL up to its password; the user in it is
  ///   shown.
  /// - Parameter isLogin: whether it may be equal to a secret as a whole.
  func tells(
    _ bytes: UnsafeRawBufferPointer, isStart: Bool = false, isLogin: Bool = false
  ) -> Bool {
    if !isStart, let at = bytes.firstIndex(of: UInt8(ascii: "@")),
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
      !(isLogin && secret.count == bytes.count) && secret.withBytes { bytes.holds($0) }
    }
  }

  /// Whether the text of an annotation is or contains a secret.
  private func tells(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      return holdsSecret(bytes)
        // In base64, alone or with a user before it.
        || bytes.split { !isWord($0) && !"+/=".utf8.contains($0) }.contains { word in
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

  func isWord(_ byte: UInt8) -> Bool {
    (97...122).contains(byte | 0x20) || (48...57).contains(byte)
  }
}
