/// The filters that a placeholder applies to its value: what each writes.

/// A filter of a placeholder, written after `|`.
package enum Filter: String, Sendable, CaseIterable {
  /// Percent-encoding of everything but RFC 3986's unreserved characters, for userinfo.
  case uri
  /// Standard, padded base64 (RFC 4648 section 4).
  case base64
  /// URL-safe base64 without padding (RFC 4648 section 5).
  case base64url
  /// Lower-case hex.
  case hex
  /// The inside of a JSON string (RFC 8259 section 7), without its quotes.
  case json
  /// A field of a `.pgpass` file: `:` and `\` get a backslash (libpq, "The Password File").
  case pgpass
  /// A value of a libpq `keyword=value` connection string, with or without quotes around it.
  case conninfo
  /// PostgreSQL's SCRAM-SHA-256 verifier of a password, which `ALTER ROLE … PASSWORD` stores
  /// unchanged.
  case scramSHA256 = "scram-sha-256"

  /// The characters besides letters, digits, `-` and `_` that its output may have and that some
  /// grammar would misread.
  ///
  /// It is nil if the filter escapes characters for one grammar and keeps the others.
  var punctuation: [UInt8]? {
    switch self {
    case .uri, .base64url, .hex: []
    case .base64: Array("+/=".utf8)
    case .scramSHA256: Array("$:+/=".utf8)
    case .json, .pgpass, .conninfo: nil
    }
  }
}
