/// The bytes of a text file, with what an editor of byte ranges needs.

/// A position in a file, counted from 1; the column counts characters.
package struct Location: Sendable, Equatable {
  package let line: Int
  package let column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// A fault in a YAML text, and its location.
package struct YAMLError: Error, Sendable {
  package let message: String
  package let location: Location
  /// How to fix it; nil if the caller knows better.
  package let hint: String?

  package init(_ message: String, at location: Location, hint: String? = nil) {
    self.message = message
    self.location = location
    self.hint = hint
  }
}

/// UTF-8 text, kept as the bytes that were read.
package struct SourceText: Sendable {
  package let bytes: [UInt8]
  /// The offset of each line's first byte; the first line begins after a byte-order mark.
  package let lineStarts: [Int]
  /// The byte offset of each character; nil if every character is one byte.
  private let characterOffsets: [Int]?
  /// 3 if the text begins with a byte-order mark, otherwise 0.
  package let contentStart: Int

  /// - Throws: `YAMLError` for text that is not UTF-8.
  package init(_ bytes: [UInt8]) throws(YAMLError) {
    if let fault = bytes.withUnsafeBytes({ TextFault.otherEncoding($0) }) { throw fault }
    self.bytes = bytes
    self.contentStart = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    self.lineStarts = SourceText.lineStarts(of: bytes, from: contentStart)
    if bytes.allSatisfy({ $0 < 0x80 }) {
      characterOffsets = nil
    } else {
      if let invalid = invalidUTF8Offset(in: bytes) {
        let line = lineStarts.lastIndex { $0 <= invalid } ?? 0
        let column = bytes[min(lineStarts[line], invalid)..<invalid].count { $0 & 0xC0 != 0x80 }
        throw YAMLError(
          "is not valid UTF-8", at: Location(line: line + 1, column: column + 1))
      }
      characterOffsets = bytes.indices.dropFirst(contentStart).filter { bytes[$0] & 0xC0 != 0x80 }
    }
  }

  /// The byte offset of libyaml's `mark.index`, which counts characters after a byte-order mark.
  func byteOffset(ofCharacter index: Int) -> Int {
    guard let characterOffsets else { return min(index + contentStart, bytes.count) }
    return index < characterOffsets.count ? characterOffsets[index] : bytes.count
  }

  /// Line and column of a byte offset.
  package func location(at offset: Int) -> Location {
    let line = lineIndex(at: offset)
    let start = min(lineStarts[line], offset)
    let column = bytes[start..<min(offset, bytes.count)].count { $0 & 0xC0 != 0x80 }
    return Location(line: line + 1, column: column + 1)
  }

  /// The index, from 0, of the line that contains the byte at `offset`.
  package func lineIndex(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The bytes of line `index`, including its line ending.
  package func lineRange(_ index: Int) -> Range<Int> {
    lineStarts[index]..<(index + 1 < lineStarts.count ? lineStarts[index + 1] : bytes.count)
  }

  /// The number of spaces at the start of line `index`.
  func indentation(ofLine index: Int) -> Int {
    bytes[lineRange(index)].prefix { $0 == 32 }.count
  }

  /// Whether line `index` contains only spaces, tabs and its ending.
  func isBlank(line index: Int) -> Bool {
    bytes[lineRange(index)].allSatisfy { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
  }

  /// Whether line `index` begins with a comment.
  func isComment(line index: Int) -> Bool {
    bytes[lineRange(index)].first { $0 != 32 && $0 != 9 } == UInt8(ascii: "#")
  }

  /// The number of spaces and tabs between a comment's `#` and its text.
  func commentIndentation(line index: Int) -> Int {
    bytes[lineRange(index)].drop { $0 == 32 || $0 == 9 }.drop { $0 == UInt8(ascii: "#") }
      .prefix { $0 == 32 || $0 == 9 }.count
  }

  /// Whether a comment is commented-out YAML and not prose: a list item, or a key of one word with
  /// at most one word after it.
  func isCommentedOut(line index: Int) -> Bool {
    var text = bytes[lineRange(index)].drop { $0 == 32 || $0 == 9 }
    text = text.drop { $0 == UInt8(ascii: "#") }.drop { $0 == 32 || $0 == 9 }
    if text.starts(with: "- ".utf8) { return true }
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex,
      text[..<colon].allSatisfy(isKeyByte)
    else { return false }
    let rest = text[(colon + 1)...]
    guard rest.first.map({ [32, 9, 10, 13].contains($0) }) ?? true else { return false }
    // A value in brackets or quotes can contain spaces.
    let words = rest.split { [32, 9, 10, 13].contains($0) }
    return words.count <= 1 || "[{\"'&|>".utf8.contains(words[0].first ?? 0)
      || words[1].first == UInt8(ascii: "#")
  }

  /// Whether a byte can appear in a key of a manifest.
  private func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    default: "-_./".utf8.contains(byte)
    }
  }

  /// The line ending of the first line; LF if there is none.
  package var lineEnding: [UInt8] {
    guard let end = bytes.firstIndex(where: { $0 == 10 || $0 == 13 }) else { return [10] }
    if bytes[end] == 10 { return [10] }
    return end + 1 < bytes.count && bytes[end + 1] == 10 ? [13, 10] : [13]
  }

  package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  private static func lineStarts(of bytes: [UInt8], from start: Int) -> [Int] {
    var starts = [start]
    for index in bytes.indices.dropFirst(start) {
      let isEnd =
        bytes[index] == 10
        || bytes[index] == 13 && !(index + 1 < bytes.count && bytes[index + 1] == 10)
      if isEnd { starts.append(index + 1) }
    }
    // A final line ending does not start a line.
    if starts.count > 1, starts.last == bytes.count { starts.removeLast() }
    return starts
  }
}

/// The offset of the first byte that is not UTF-8; nil if all are.
package func invalidUTF8Offset(in bytes: some Sequence<UInt8>) -> Int? {
  var decoder = Unicode.UTF8.ForwardParser()
  var iterator = bytes.makeIterator()
  var offset = 0
  while true {
    switch decoder.parseScalar(from: &iterator) {
    case .valid(let scalar): offset += scalar.count
    case .emptyInput: return nil
    case .error: return offset
    }
  }
}
