/// Refuses tabs between the tokens of block YAML, on which parsers disagree.

/// libyaml and Go take `key:<tab>`, PyYAML and the YAML 1.1 text do not: such a file means one
/// thing to one tool and nothing to the next.
///
/// Tabs in values, comments and brackets are fine.
func checkTabs(_ source: SourceText, _ documents: [Document]) throws(YAMLError) {
  guard source.bytes.contains(9) else { return }
  var allowed: [Range<Int>] = []
  for document in documents {
    document.root?.visit { node in
      if node.isFlow || node.scalar != nil { allowed.append(node.range) }
    }
  }
  allowed.sort { $0.lowerBound < $1.lowerBound }
  var next = 0
  var offset = source.contentStart
  while offset < source.bytes.count {
    while next < allowed.count, allowed[next].upperBound <= offset { next += 1 }
    if next < allowed.count, allowed[next].contains(offset) {
      offset = allowed[next].upperBound
      continue
    }
    switch source.bytes[offset] {
    case UInt8(ascii: "#"):
      offset = source.bytes[offset...].firstIndex { $0 == 10 || $0 == 13 } ?? source.bytes.count
    case 9 where !source.isBlank(line: source.lineIndex(at: offset)):
      throw YAMLError(
        "has a tab between its tokens, which YAML tools read differently",
        at: source.location(at: offset))
    default: offset += 1
    }
  }
}
