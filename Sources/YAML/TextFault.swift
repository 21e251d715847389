/// Faults of a text that a parser of YAML has no words for.

package enum TextFault {
  /// UTF-16, which PowerShell's `>` and some editors write, with a byte-order mark or without.
  package static func otherEncoding(_ bytes: UnsafeRawBufferPointer) -> YAMLError? {
    let isMarked = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    // ASCII in UTF-16 has a zero in every second byte.
    let start = bytes.prefix(16)
    let isBare =
      start.count >= 4 && start.count % 2 == 0
      && [0, 1].contains { odd in
        start.indices.allSatisfy { ($0 % 2 == odd) == (start[$0] == 0) }
      }
    guard isMarked || isBare else { return nil }
    return YAMLError(
      "is encoded in UTF-16; only UTF-8 is read", at: Location(line: 1, column: 1),
      hint: "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW; PowerShell: Out-File -Encoding utf8")
  }

  /// The marks that git leaves in a file where a merge stopped.
  static func conflict(_ bytes: UnsafeRawBufferPointer) -> YAMLError? {
    var line = 1
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
      if bytes[start..<end].starts(with: "<<<<<<< ".utf8) {
        return YAMLError(
          "has a conflict of a merge ('<<<<<<<') that nobody has resolved",
          at: Location(line: line, column: 1),
          hint:
            "sealed files and their lock file belong together: take one side for the whole folder, git checkout HEAD -- FOLDER, and run moltseal rotate"
        )
      }
      start = end + 1
      line += 1
    }
    return nil
  }
}
