/// Diffs as `diff -u` writes them, with long ciphertexts shortened.

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

/// The diff of one file; empty where nothing changes.
func unifiedDiff(_ change: FileChange) -> String {
  let lines = compare(split(change.old ?? []), split(change.new))
  let changed = lines.indices.filter { !lines[$0].isSame }
  guard let first = changed.first else { return "" }
  var output = "--- \(change.old == nil ? "/dev/null" : "a/" + change.path)\n+++ b/\(change.path)\n"
  var start = first
  var end = first
  for index in changed.dropFirst() + [Int.max] {
    if index != Int.max, index - end <= 6 {
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

/// `Ag…` of hundreds of characters becomes its first 12 and its length.
private func shortened(_ line: String) -> String {
  guard line.utf8.count > 120 else { return line }
  return line.split(separator: " ", omittingEmptySubsequences: false).map { word in
    word.utf8.count > 100 && word.utf8.allSatisfy(isBase64)
      ? "\(word.prefix(12))…(\(word.utf8.count) characters)" : String(word)
  }.joined(separator: " ")
}

private func isBase64(_ byte: UInt8) -> Bool {
  switch byte {
  case 48...57, 65...90, 97...122, UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): true
  default: false
  }
}

private func split(_ bytes: [UInt8]) -> [String] {
  var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map {
    String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self)
  }
  if lines.last == "" { lines.removeLast() }
  return lines
}

/// The longest common subsequence, after equal lines at both ends are set aside.
private func compare(_ old: [String], _ new: [String]) -> [Line] {
  var head = 0
  while head < min(old.count, new.count), old[head] == new[head] { head += 1 }
  var tail = 0
  while tail < min(old.count, new.count) - head,
    old[old.count - 1 - tail] == new[new.count - 1 - tail]
  {
    tail += 1
  }
  let before = Array(old[head..<old.count - tail])
  let after = Array(new[head..<new.count - tail])
  let middle =
    before.count * after.count > 4_000_000
    ? before.map { Line.removed($0) } + after.map { .added($0) } : align(before, after)
  return old[..<head].map { .same($0) } + middle + old[(old.count - tail)...].map { .same($0) }
}

private func align(_ old: [String], _ new: [String]) -> [Line] {
  let width = new.count + 1
  var lengths = [Int32](repeating: 0, count: (old.count + 1) * width)
  for row in old.indices.reversed() {
    for column in new.indices.reversed() {
      lengths[row * width + column] =
        old[row] == new[column]
        ? lengths[(row + 1) * width + column + 1] + 1
        : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
    }
  }
  var lines: [Line] = []
  var (row, column) = (0, 0)
  while row < old.count || column < new.count {
    if row < old.count, column < new.count, old[row] == new[column] {
      lines.append(.same(old[row]))
      (row, column) = (row + 1, column + 1)
    } else if column == new.count
      || row < old.count && lengths[(row + 1) * width + column] >= lengths[row * width + column + 1]
    {
      lines.append(.removed(old[row]))
      row += 1
    } else {
      lines.append(.added(new[column]))
      column += 1
    }
  }
  return lines
}
