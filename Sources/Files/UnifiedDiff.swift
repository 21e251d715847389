/// Diffs in the format of `diff -u`, with long ciphertexts shortened.

internal import Text

private enum Line {
  case same(String)
  case removed(String)
  case added(String)

  var text: String {
    switch self {
    case .same(let text): " " + text
    case .removed(let text): "-" + text
    case .added(let text): "+" + text
    }
  }

  var isSame: Bool { if case .same = self { true } else { false } }
  var isAdded: Bool { if case .added = self { true } else { false } }
  var isRemoved: Bool { if case .removed = self { true } else { false } }
}

/// Returns the diff of one file; empty if nothing changes.
func unifiedDiff(_ change: FileChange) -> String {
  let lines = compare(split(change.old ?? []), split(change.new))
  let changed = lines.indices.filter { !lines[$0].isSame }
  guard let first = changed.first else { return "" }
  var output = "--- \(change.old == nil ? "/dev/null" : "a/" + change.path)\n+++ b/\(change.path)\n"
  var start = first
  var end = first
  for index in changed.dropFirst() + [Int.max] {
    if index != Int.max, index - end <= 7 {
      end = index
      continue
    }
    output += hunk(lines, max(0, start - 3)...min(lines.count - 1, end + 3))
    (start, end) = (index, index)
  }
  return output
}

private func hunk(_ lines: [Line], _ range: ClosedRange<Int>) -> String {
  let before = lines[..<range.lowerBound]
  let body = lines[range]
  let old = (before.count { !$0.isAdded }, body.count { !$0.isAdded })
  let new = (before.count { !$0.isRemoved }, body.count { !$0.isRemoved })
  func position(_ counts: (Int, Int)) -> String {
    "\(counts.1 == 0 ? counts.0 : counts.0 + 1),\(counts.1)"
  }
  return "@@ -\(position(old)) +\(position(new)) @@\n"
    + body.map { shortened($0.text) + "\n" }.joined()
}

/// Shortens a long base64 word to its first 12 characters and its length.
private func shortened(_ line: String) -> String {
  guard line.utf8.count > 120 else { return line }
  return line.pieces(between: " ").map { word in
    word.utf8.count > 100 && word.utf8.allSatisfy(isBase64)
      ? "\(word.prefix(12))…(\(word.utf8.count) characters)" : word
  }.joined(separator: " ")
}

private func isBase64(_ byte: UInt8) -> Bool {
  switch byte {
  case 48...57, 65...90, 97...122, UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): true
  default: false
  }
}

private func split(_ bytes: [UInt8]) -> [Name] {
  // The carriage return of a CRLF stays in the line, or the diff would not apply.
  var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map {
    Name(String(decoding: $0, as: UTF8.self))
  }
  if lines.last?.text == "" {
    lines.removeLast()
  } else if let last = lines.popLast() {
    lines.append(Name(last.text + "\n\\ No newline at end of file"))
  }
  return lines
}

/// Compares two texts, after setting aside the equal lines at both ends.
private func compare(_ old: [Name], _ new: [Name]) -> [Line] {
  let head = zip(old, new).prefix { $0 == $1 }.count
  let tail = zip(old[head...].reversed(), new[head...].reversed()).prefix { $0 == $1 }.count
  let before = Array(old[head..<old.count - tail])
  let after = Array(new[head..<new.count - tail])
  return old[..<head].map { .same($0.text) } + align(before, after)
    + old[(old.count - tail)...].map { .same($0.text) }
}

/// The most lines of both texts that are aligned; time and memory grow with the square of the
/// differences.
private let alignable = 3000

private func align(_ old: [Name], _ new: [Name]) -> [Line] {
  // A line that the other text lacks is removed or added, whatever surrounds it.
  let (inOld, inNew) = (Set(old), Set(new))
  let keptOld = old.indices.filter { inNew.contains(old[$0]) }
  let keptNew = new.indices.filter { inOld.contains(new[$0]) }
  var removed = Set(old.indices).subtracting(keptOld)
  var added = Set(new.indices).subtracting(keptNew)
  let (before, after) = (keptOld.map { old[$0] }, keptNew.map { new[$0] })
  if before != after {
    guard before.count + after.count <= alignable else {
      return old.map { .removed($0.text) } + new.map { .added($0.text) }
    }
    // Removed lines have an index in the old text, added ones in the new text.
    for change in after.difference(from: before) {
      switch change {
      case .remove(let offset, _, _): removed.insert(keptOld[offset])
      case .insert(let offset, _, _): added.insert(keptNew[offset])
      }
    }
  }
  var lines: [Line] = []
  var (row, column) = (0, 0)
  while row < old.count || column < new.count {
    if removed.contains(row) {
      lines.append(.removed(old[row].text))
      row += 1
    } else if added.contains(column) {
      lines.append(.added(new[column].text))
      column += 1
    } else {
      lines.append(.same(old[row].text))
      (row, column) = (row + 1, column + 1)
    }
  }
  return lines
}
