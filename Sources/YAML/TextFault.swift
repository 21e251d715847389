/// Faults of a text that a YAML parser has no message for.

package enum TextFault {
  /// UTF-16, as written by PowerShell's `>` and some editors, with or without a byte-order mark.
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
      "is encoded in UTF-16; only UTF-8 is supported", at: Location(line: 1, column: 1),
      hint: "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW; PowerShell: Out-File -Encoding utf8")
  }

  /// The conflict markers that git leaves in a file when a merge stops.
  static func conflict(_ bytes: UnsafeRawBufferPointer) -> YAMLError? {
    var line = 1
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
      if bytes[start..<end].starts(with: "<<<<<<< ".utf8) {
        return YAMLError(
          "has an unresolved merge conflict ('<<<<<<<')",
          at: Location(line: line, column: 1),
          hint:
            "sealed files and their lock file belong together: take one side for the whole folder with git checkout HEAD -- FOLDER, then run moltseal rotate"
        )
      }
      start = end + 1
      line += 1
    }
    return nil
  }
}
