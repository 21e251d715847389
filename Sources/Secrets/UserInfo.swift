/// The user and the password in a URL.

/// The ranges of user and password in `scheme://user:password@host…`.
struct UserInfo {
  let user: Range<Int>
  let password: Range<Int>

  /// - Returns: nil if the text is not such a URL, or if the end of its password is not known.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
      bytes[..<colon].allSatisfy({ SecretSurvey.isWord($0) || "+.-".utf8.contains($0) }),
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
    user = start..<separator
    password = (separator + 1)..<at
  }
}
