/// Reads mappings with known keys, and suggests the nearest one for an unknown key.

internal import Text

/// A mapping that is read strictly: unknown keys, duplicates and wrong types are errors.
package struct MappingReader {
  package let node: Node
  /// What the mapping is, for messages.
  package let what: String
  private let entries: [Name: Node]

  /// - Parameter what: what the mapping is, for messages.
  package init(_ node: Node, _ what: String, keys: [String]) throws(YAMLError) {
    guard let list = node.entries else {
      throw YAMLError("\(what) must be a mapping, not \(node.kindName)", at: node.location)
    }
    var entries: [Name: Node] = [:]
    for entry in list {
      guard let key = entry.key.scalar else {
        throw YAMLError("\(what) has a key that is \(entry.key.kindName)", at: entry.key.location)
      }
      if !keys.isEmpty, !keys.includes(key) {
        throw YAMLError(
          "unknown key \(SecretName.quoted(key)) in \(what)\(nearest(to: key, among: keys))",
          at: entry.key.location)
      }
      guard entries.updateValue(entry.value, forKey: Name(key)) == nil else {
        throw YAMLError(
          "\(SecretName.quoted(key)) is listed twice in \(what)", at: entry.key.location)
      }
    }
    self.node = node
    self.what = what
    self.entries = entries
  }

  package subscript(key: String) -> Node? { entries[Name(key)].flatMap { $0.isNull ? nil : $0 } }

  package func string(_ key: String) throws(YAMLError) -> String? {
    guard let node = self[key] else { return nil }
    guard let text = node.scalar, node.scalarType == .string else {
      throw wrongType(key, node, "a string")
    }
    return text
  }

  package func boolean(_ key: String) throws(YAMLError) -> Bool? {
    guard let node = self[key] else { return nil }
    switch node.scalar {
    case "true" where node.scalarType == .boolean: return true
    case "false" where node.scalarType == .boolean: return false
    default: throw wrongType(key, node, "true or false")
    }
  }

  package func integer(_ key: String) throws(YAMLError) -> Int? {
    guard let node = self[key] else { return nil }
    guard node.scalarType == .integer, let number = node.scalar.flatMap({ Int($0) }),
      node.scalar?.begins(with: "0") != true || number == 0
    else { throw wrongType(key, node, "a whole number") }
    return number
  }

  package func strings(_ key: String) throws(YAMLError) -> [(text: String, location: Location)] {
    guard let node = self[key] else { return [] }
    guard let items = node.items else { throw wrongType(key, node, "a list") }
    var texts: [(text: String, location: Location)] = []
    for item in items {
      guard let text = item.scalar, item.scalarType == .string else {
        throw wrongType(key, item, "a list of strings")
      }
      texts.append((text, item.location))
    }
    return texts
  }

  /// The entries of a mapping of strings, in order; unquoted numbers and the like are refused.
  package func stringMap(
    _ key: String
  ) throws(YAMLError) -> [(key: String, value: String, keyNode: Node, valueNode: Node)] {
    guard let node = self[key] else { return [] }
    guard let list = node.entries else { throw wrongType(key, node, "a mapping") }
    if let duplicate = node.duplicateEntry {
      throw YAMLError(
        "\(SecretName.quoted(duplicate.key.scalar ?? "")) is listed twice in \(key)",
        at: duplicate.key.location)
    }
    var result: [(key: String, value: String, keyNode: Node, valueNode: Node)] = []
    for entry in list {
      result.append(
        (
          try quotedString(entry.key, "a key of \(key)"),
          try quotedString(entry.value, "'\(entry.key.scalar ?? "")' of \(key)"), entry.key,
          entry.value
        ))
    }
    return result
  }

  private func quotedString(_ node: Node, _ what: String) throws(YAMLError) -> String {
    guard let text = node.scalar else {
      throw YAMLError("\(what) must be a string, not \(node.kindName)", at: node.location)
    }
    if let fault = node.faultOfStringTag {
      throw YAMLError("\(what) has \(fault)", at: node.location)
    }
    guard node.scalarType == .string else {
      let fix = text.isEmpty ? "write \"\" for an empty one" : "quote it: \"\(text)\""
      throw YAMLError("\(what) is \(node.kindName), not a string; \(fix)", at: node.location)
    }
    return text
  }

  private func wrongType(_ key: String, _ node: Node, _ expected: String) -> YAMLError {
    YAMLError("'\(key)' must be \(expected), not \(node.kindName)", at: node.location)
  }
}

/// `; did you mean 'x'?` for the closest of `names`, or nothing.
package func nearest(to name: String, among names: [String]) -> String {
  let best = names.map { ($0, distance(Array(name.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
  guard let best, best.1 <= max(1, name.utf8.count / 3) else { return "" }
  return "; did you mean '\(best.0)'?"
}

/// The Levenshtein distance.
private func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var row = Array(0...right.count)
  for (index, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for (column, other) in right.enumerated() {
      let replaced = diagonal + (character == other ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
    }
  }
  return row[right.count]
}
