/// Whether a name can be shown: people sometimes put a value where a name belongs.

package enum SecretName {
  /// Whether a text looks like a name that somebody chose, and not like a generated value.
  ///
  /// Names are words: `JWT_SECRET`, `clientSecret`, `tls.crt`. A generated value has a run of 8 or
  /// more letters and digits that changes between upper case, lower case and digits at more than
  /// every third character, or that is hex.
  package static func isTelling(_ name: String) -> Bool {
    let words = name.utf8.split { byte in
      !((97...122).contains(byte | 0x20) || (48...57).contains(byte))
    }
    return words.allSatisfy { !isMade(Array($0)) }
      && !name.utf8.contains { $0 == 61 || $0 == 43 || $0 == 47 }
  }

  /// The name in quotes, or a description if it may be a value.
  package static func quoted(_ name: String) -> String {
    isTelling(name) ? "'\(name)'" : "a key that looks like a value (not shown)"
  }

  /// The path in quotes, or a description if it may contain a value.
  package static func quotedPath(_ path: String) -> String {
    let isPlain =
      path.utf8.count <= 250
      && path.utf8.allSatisfy { byte in
        (97...122).contains(byte | 0x20) || (48...57).contains(byte) || "/._-~".utf8.contains(byte)
      }
    return isPlain && path.pieces(between: "/").allSatisfy { isTelling($0) }
      ? "'\(path)'" : "the path named here"
  }

  /// The scheme and host of an address in quotes, without what may be a password or a token.
  package static func quotedAddress(_ text: String) -> String {
    guard !text.holds("@") else { return "an address" }
    guard let (scheme, rest) = text.place(of: "://").map({ ($0.before + "://", $0.after) }) else {
      let path = quotedPath(text.place(of: "?")?.before ?? text)
      return path.begins(with: "'") ? path : "an address"
    }
    let host = rest.pieces(between: "/", atMost: 2)[0]
    let isPlain = (scheme + host).utf8.allSatisfy { byte in
      (97...122).contains(byte | 0x20) || (48...57).contains(byte) || "+.-:/".utf8.contains(byte)
    }
    guard isPlain, !host.isEmpty else { return "an address" }
    return rest.utf8.count == host.utf8.count ? "'\(scheme)\(host)'" : "'\(scheme)\(host)/…'"
  }

  private enum Kind { case capital, small, digit }

  private static func isMade(_ word: [UInt8]) -> Bool {
    guard word.count >= 8 else { return false }
    let kinds = word.map { byte -> Kind in
      byte < 58 ? .digit : byte < 91 ? .capital : .small
    }
    let digits = kinds.count { $0 == .digit }
    let isHex = word.allSatisfy { $0 < 58 || (97...102).contains($0 | 0x20) }
    if word.count >= 16, isHex, digits > 0 { return true }
    let changes = zip(kinds, kinds.dropFirst()).count { $0 != $1 }
    // The longer a word is, the less likely a random value looks like a name.
    return changes * 40 >= word.count * (word.count < 12 ? 18 : 15)
  }
}
