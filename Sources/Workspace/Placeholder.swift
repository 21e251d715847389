/// Text that people write where a value is still missing.
///
/// Everything works on borrowed bytes: supplied values are checked too and must not be copied.

internal import Text

package enum Placeholder {
  /// Words that ask for a value.
  ///
  /// They may contain `_` and `-` between their letters, and no letter may follow.
  private static let requests = [
    "changeme", "changethis", "changeit", "replaceme", "replacethis", "replacewith", "insertyour",
    "fillme", "fillin", "putyour",
  ].map { Array($0.utf8) }

  /// Words that count only as the whole value: in a longer one they can be ordinary words.
  private static let names = [
    "placeholder", "yourpassword", "yoursecret", "yourtoken", "yourapikey", "yourkey", "yourvalue",
    "yoursecrethere", "yourtokenhere", "yourpasswordhere", "notasecret",
  ].map { Array($0.utf8) }

  /// Words that can be a setting, but not a secret.
  private static let words = [
    "todo", "tbd", "fixme", "dummy", "example", "sample", "secret", "password", "none", "null",
    "undefined", "insecure", "foobar", "replace", "change",
  ].map { Array($0.utf8) }

  /// What the name of a value says about it.
  package enum Subject: Sendable {
    case secret
    /// A setting, or a value that may be one: `[my-bucket]` and `your_db` are values.
    case setting
  }

  /// Whether a secret value is a placeholder.
  package static func isWhole(_ value: UnsafeRawBufferPointer) -> Bool {
    isFor(value, of: .secret)
  }

  /// Whether the whole value can only be a placeholder: `CHANGEME`, `<password>`, `${NAME}`, `{{
  /// .Values.name }}`, `ENC[…]`, `ref+vault://…`.
  ///
  /// A dictionary word such as `example` can be a real value.
  package static func asksForValue(
    _ value: UnsafeRawBufferPointer, of subject: Subject = .secret
  ) -> Bool {
    guard !value.isEmpty, value.count <= 4096 else { return false }
    var bytes = value
    while let last = bytes.last, [9, 10, 13, 32].contains(last) {
      bytes = UnsafeRawBufferPointer(rebasing: bytes.dropLast())
    }
    guard bytes.count > 2, !bytes.contains(10) else { return false }
    if isZero(bytes) { return true }
    if subject == .secret, isNamed(bytes) || isYours(bytes) || isUnderscored(bytes) { return true }
    // `changeit` is the password of Java's own trust store.
    let isJavas = bytes.elementsEqual("changeit".utf8)
    if !isJavas, !bytes.contains(32), !bytes.contains(UInt8(ascii: "/")), isRequest(bytes) {
      return true
    }
    let pairs = [("${", "}"), ("{{", "}}"), ("ENC[", "]"), ("<path:", ">")]
    let isPair = pairs.contains { start, end in
      let holdsOne = bytes.dropFirst(start.utf8.count).dropLast(end.utf8.count)
      return bytes.starts(with: start.utf8) && bytes.suffix(end.utf8.count).elementsEqual(end.utf8)
        && !holdsOne.contains { Array(start.utf8).last == $0 && $0 != UInt8(ascii: "[") }
    }
    let references = ["ref+", "op://", "vault:secret", "AgileBits::"]
    return isPair || references.contains { bytes.starts(with: $0.utf8) && bytes.count > 8 }
  }

  /// A mark within a value that something else fills in; nil if there is none.
  package static func mark(in bytes: UnsafeRawBufferPointer) -> String? {
    guard bytes.count > 4 else { return nil }
    if bytes.holds("ENC[AES256_GCM") { return "ENC[AES256_GCM…]" }
    if bytes.holds("{{"), bytes.holds("}}") { return "{{ … }}" }
    if bytes.holds("${"), bytes.holds("}") { return "${…}" }
    let isLong = bytes.contains(10) || bytes.contains(32)
    if !isLong, asks(bytes) { return "CHANGE_ME, or words like it" }
    return nil
  }

  /// `CHANGE_ME`, `replace-with-a-key`: a request at the start, followed only by words.
  private static func isRequest(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count <= 64
      && bytes.allSatisfy { isLetter($0) || (48...57).contains($0) || "_-.!".utf8.contains($0) }
      && requests.contains { matches(bytes, 0, $0) != nil }
  }

  /// The placeholder in the text of a template: all of it, or a part as in
  /// `postgres://app:CHANGE_ME@db`.
  ///
  /// - Parameter key: the key of the value: `none` is not a real password, but it is a valid mode.
  package static func find(in text: String, key: String) -> String? {
    var text = text
    let isWhole = text.withUTF8 {
      isFor(UnsafeRawBufferPointer($0), of: isSecret(key) ? .secret : .setting)
    }
    if isWhole { return text }
    // In prose and in text of several lines these words have their ordinary meaning.
    guard !text.utf8.contains(where: { $0 == 10 || $0 == 32 }) else { return nil }
    let ends = Set(":/@?&=;,\"'|()[]".utf8)
    return text.utf8.split { ends.contains($0) }.map { String(Substring($0)) }.first { part in
      var part = part
      return part.withUTF8 { bytes in
        let bytes = UnsafeRawBufferPointer(bytes)
        return asks(bytes) || isNamed(bytes)
      }
    }
  }

  private static func isFor(_ bytes: UnsafeRawBufferPointer, of subject: Subject) -> Bool {
    guard !bytes.isEmpty else { return false }
    if isNamed(bytes) || names.contains(where: { equals(bytes, $0) }) { return true }
    if !bytes.contains(32), !bytes.contains(UInt8(ascii: "/")), asks(bytes) { return true }
    if isYours(bytes) || isZero(bytes) { return true }
    guard subject == .secret else { return false }
    let isFilling =
      bytes.allSatisfy { $0 == 32 || $0 == 9 }
      || bytes.count > 2
        && (bytes.allSatisfy { $0 == UInt8(ascii: "*") } || bytes.allSatisfy { $0 | 0x20 == 120 })
    return isFilling || isBraced(bytes) || isUnderscored(bytes)
      || words.contains { equals(bytes, $0) }
      || ["todo", "tbd", "fixme"].contains {
        matches(bytes, 0, Array($0.utf8)).map { $0 < bytes.count && bytes[$0] == 58 } ?? false
      }
  }

  /// `YOUR_AWS_ACCESS_ID`, `your-token`.
  private static func isYours(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let word = Array("your".utf8)
    return bytes.count > 6 && bytes.count <= 64
      && word.indices.allSatisfy { bytes[$0] | 0x20 == word[$0] } && "_-".utf8.contains(bytes[4])
      && bytes.allSatisfy { isLetter($0) || (48...57).contains($0) || "_-".utf8.contains($0) }
  }

  /// The UUID of zeros.
  private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.elementsEqual("00000000-0000-0000-0000-000000000000".utf8)
  }

  /// Whether the name of a value is that of a secret.
  package static func isSecret(_ key: String) -> Bool {
    let parts = key.lowercased().utf8.split { !(97...122).contains($0) && !(48...57).contains($0) }
      .map { String(Substring($0)) }
    let always = ["password", "passwd", "passphrase", "pwd", "secret", "credential", "credentials"]
    return parts.contains { always.contains($0) }
      || ["key", "token", "pass", "apikey"].contains(parts.last ?? "")
  }

  /// Whether a request appears anywhere, at the beginning of a word.
  private static func asks(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.indices.contains { start in
      (start == 0 || !isLetter(bytes[start - 1]))
        && requests.contains { matches(bytes, start, $0) != nil }
    }
  }

  /// Whether the bytes are one of our words, followed only by digits and punctuation.
  private static func equals(_ bytes: UnsafeRawBufferPointer, _ word: [UInt8]) -> Bool {
    guard let end = matches(bytes, 0, word) else { return false }
    return !bytes[end...].contains { isLetter($0) || $0 == 32 || $0 > 127 }
  }

  /// The end of a word that begins at `start`, in any case, with `_` or `-` within it; nil if it
  /// does not begin there, or if a letter follows.
  private static func matches(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ word: [UInt8]
  ) -> Int? {
    var position = start
    for letter in word {
      while position > start, position < bytes.count, "_-".utf8.contains(bytes[position]) {
        position += 1
      }
      guard position < bytes.count, bytes[position] | 0x20 == letter, isLetter(bytes[position])
      else { return nil }
      position += 1
    }
    return position == bytes.count || !isLetter(bytes[position]) ? position : nil
  }

  /// `<password>`, `[your password]` or `<…>`: a description in brackets, but not markup, a list or
  /// an address.
  private static func isNamed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let isAngled = bytes.first == UInt8(ascii: "<") && bytes.last == UInt8(ascii: ">")
    let isSquare =
      bytes.first == UInt8(ascii: "[") && bytes.last == UInt8(ascii: "]")
      && !bytes.contains { "\",:'".utf8.contains($0) }
    guard bytes.count > 2, isAngled || isSquare else { return false }
    let inside = UnsafeRawBufferPointer(rebasing: bytes[1..<bytes.count - 1])
    guard !inside.contains(where: { "<>@/=\n".utf8.contains($0) }) else { return false }
    // Only dots or an ellipsis, two or more words, or a word for a secret.
    if inside.allSatisfy({ $0 == UInt8(ascii: ".") || $0 > 127 }) { return true }
    let hasWords = inside.dropFirst().dropLast().contains { " _-".utf8.contains($0) }
    return hasWords
      || ["pass", "pw", "secret", "token", "key", "your", "change", "replace", "insert"].contains {
        hint in
        let hint = Array(hint.utf8)
        return inside.indices.contains { start in
          start + hint.count <= inside.count
            && hint.indices.allSatisfy { inside[start + $0] | 0x20 == hint[$0] }
        }
      }
  }

  /// `${…}`, or `{{ NAME }}` with a name that is not a field of a template.
  private static func isBraced(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if bytes.starts(with: "${".utf8), bytes.last == UInt8(ascii: "}") { return true }
    guard bytes.count > 4, bytes.starts(with: "{{".utf8), bytes.suffix(2).elementsEqual("}}".utf8)
    else { return false }
    let inside = bytes[2..<bytes.count - 2].drop { $0 == 32 }
    return inside.first != UInt8(ascii: ".") && !inside.contains(UInt8(ascii: "("))
  }

  /// `__NAME__`, as in deployment scripts.
  private static func isUnderscored(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 4 && bytes.starts(with: "__".utf8) && bytes.suffix(2).elementsEqual("__".utf8)
      && bytes.allSatisfy { $0 == 95 || (65...90).contains($0) || (48...57).contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }
}
