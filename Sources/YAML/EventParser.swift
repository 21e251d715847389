/// Turns libyaml's events into trees of byte ranges.

internal import CYAML
internal import Text

/// The maximum depth of collections: deeper ones are an attack, not a manifest.
private let maximumDepth = 100

/// The maximum number of nodes in a document, and in a stream of documents.
///
/// An object of the API server has at most 1.5 MiB, and each of its values has hundreds of bytes
/// once it is sealed.
struct NodeBudget {
  static let perDocument = 500_000
  static let perStream = 1_000_000
  private var document = 0
  private var stream = 0

  mutating func beginDocument() { document = 0 }

  mutating func take(at location: Location) throws(YAMLError) {
    document += 1
    stream += 1
    guard document <= Self.perDocument else {
      throw YAMLError(
        "has a document with more than \(Self.perDocument) values, which is too many for a manifest",
        at: location
      )
    }
    guard stream <= Self.perStream else {
      throw YAMLError("has more than \(Self.perStream) values; split the file", at: location)
    }
  }
}

/// Parses every document of `source`.
///
/// - Throws: `YAMLError` if libyaml finds a fault, if collections nest deeper than 100 levels, or
///   if an alias names no anchor.
package func parseYAML(_ source: SourceText) throws(YAMLError) -> [Document] {
  // With its encoding set, libyaml does not skip a byte-order mark.
  let result = source.bytes[source.contentStart...].withUnsafeBufferPointer {
    buffer -> Result<[Document], YAMLError> in
    // libyaml keeps the pointer, so it must not outlive this closure.
    var parser = EventParser(source: source, buffer: buffer)
    defer { parser.finish() }
    do throws(YAMLError) {
      return .success(try parser.documents())
    } catch {
      return .failure(error)
    }
  }
  let documents = try result.get()
  return documents
}

/// Parses every document of bytes that may contain secrets.
///
/// The text that `withholding` hides is passed to it and kept nowhere else: libyaml's copies are
/// overwritten when it frees them (CYAMLMemory). Nodes have locations, but no byte ranges.
///
/// - Throws: `YAMLError` as `parseYAML(_:)` does; its message contains nothing of the text.
package func parseYAML(
  _ bytes: UnsafeRawBufferPointer, withholding: Withholding
) throws(YAMLError) -> [Document] {
  var parser = EventParser(
    source: nil, buffer: bytes.bindMemory(to: UInt8.self), withholding: withholding)
  defer { parser.finish() }
  return try parser.documents()
}

/// The owner of one `yaml_parser_t`.
private struct EventParser {
  /// Nil if nothing of the text may be kept.
  private let source: SourceText?
  private let withholding: Withholding?
  private let buffer: UnsafeBufferPointer<UInt8>
  /// How far `checkSlashes` has counted, in characters and in bytes.
  private var counted = (character: 0, byte: 0)
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var anchors: Set<Name> = []
  private var budget = NodeBudget()

  init(
    source: SourceText?, buffer: UnsafeBufferPointer<UInt8>, withholding: Withholding? = nil
  ) {
    self.source = source
    self.withholding = withholding
    self.buffer = buffer
    parser = .allocate(capacity: 1)
    // It fails only if memory runs out, and then `next` reports that.
    _ = yaml_parser_initialize(parser)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
  }

  func finish() {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  mutating func documents() throws(YAMLError) -> [Document] {
    var documents: [Document] = []
    var previous = source?.contentStart ?? 0
    let level = Withholding.Level.open
    while true {
      let event = try next(level)
      switch event.type {
      case YAML_DOCUMENT_START_EVENT:
        anchors = []
        budget.beginDocument()
        let first = try next(level)
        let root = try node(from: first, level, depth: 0)
        let end = try next(level)
        let isEmpty = first.isEmptyScalar
        documents.append(
          Document(
            root: isEmpty ? nil : root, start: event.isImplicit ? previous : event.end, end: end.end
          ))
        previous = end.end
      case YAML_STREAM_END_EVENT: return documents
      default: continue
      }
    }
  }

  private mutating func node(
    from event: Event, _ level: Withholding.Level, depth: Int
  ) throws(YAMLError) -> Node {
    guard depth < maximumDepth else {
      throw YAMLError("nests deeper than \(maximumDepth) levels", at: event.location)
    }
    try budget.take(at: event.location)
    if let anchor = event.anchor, event.type != YAML_ALIAS_EVENT { anchors.insert(Name(anchor)) }
    switch event.type {
    case YAML_ALIAS_EVENT:
      let name = event.anchor ?? ""
      guard anchors.contains(Name(name)) else {
        // The name may be a password that begins with an asterisk, so it is not shown.
        throw YAMLError(
          "is an alias without an anchor before it; quote a value that begins with '*'",
          at: event.location)
      }
      return event.node(.alias(name), end: event.end)
    case YAML_SEQUENCE_START_EVENT: return try sequence(event, level, depth: depth)
    case YAML_MAPPING_START_EVENT: return try mapping(event, level, depth: depth)
    default:
      if let (index, type) = event.withheld { return event.node(.withheld(index, type), end: 0) }
      return event.node(.scalar(event.text, event.style), end: contentEnd(of: event))
    }
  }

  private mutating func sequence(
    _ start: Event, _ level: Withholding.Level, depth: Int
  ) throws(YAMLError) -> Node {
    var items: [Node] = []
    while true {
      let event = try next(level)
      if event.type == YAML_SEQUENCE_END_EVENT {
        let end = start.isFlow ? event.end : items.last?.range.upperBound ?? start.end
        return start.node(.sequence(items), end: end)
      }
      items.append(try node(from: event, level, depth: depth + 1))
    }
  }

  private mutating func mapping(
    _ start: Event, _ level: Withholding.Level, depth: Int
  ) throws(YAMLError) -> Node {
    var entries: [Node.Entry] = []
    while true {
      let event = try next(.shown)
      if event.type == YAML_MAPPING_END_EVENT {
        let end = start.isFlow ? event.end : entries.last?.value.range.upperBound ?? start.end
        return start.node(.mapping(entries), end: end)
      }
      let key = try node(from: event, .shown, depth: depth + 1)
      let below = withholding?.descend(key.scalar ?? "", level) ?? level
      let value = try node(from: try next(below), below, depth: depth + 1)
      entries.append(Node.Entry(key: key, value: value))
    }
  }

  /// A block scalar's end mark lies after the blank lines that follow it.
  private func contentEnd(of event: Event) -> Int {
    guard event.style == .literal || event.style == .folded, let source else { return event.end }
    let blank: Set<UInt8> = [32, 9, 10, 13]
    var end = event.end
    while end > event.start, blank.contains(source.bytes[end - 1]) { end -= 1 }
    return end
  }

  private mutating func next(_ level: Withholding.Level) throws(YAMLError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    if source == nil, event.type == YAML_SCALAR_EVENT,
      event.data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE
    {
      try checkSlashes(event)
    }
    return Event(event, source: source, level == .shown ? nil : withholding)
  }

  /// Refuses `\/` in double quotes: libyaml accepts it, the YAML of Kubernetes does not.
  private mutating func checkSlashes(_ event: yaml_event_t) throws(YAMLError) {
    let start = byteOffset(ofCharacter: Int(event.start_mark.index))
    let end = byteOffset(ofCharacter: Int(event.end_mark.index))
    var isEscaped = false
    for byte in buffer[start..<max(start, end)] {
      if isEscaped, byte == UInt8(ascii: "/") {
        throw YAMLError(
          "has '\\/' in double quotes, an escape that only JSON has",
          at: Location(
            line: Int(event.start_mark.line) + 1, column: Int(event.start_mark.column) + 1))
      }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
    }
  }

  /// Converts a mark's character index; marks only move forward.
  private mutating func byteOffset(ofCharacter index: Int) -> Int {
    while counted.character < index, counted.byte < buffer.count {
      counted.byte += 1
      while counted.byte < buffer.count, buffer[counted.byte] & 0xC0 == 0x80 { counted.byte += 1 }
      counted.character += 1
    }
    return counted.byte
  }

  private func failure() -> YAMLError {
    let bytes = UnsafeRawBufferPointer(buffer)
    if let fault = TextFault.otherEncoding(bytes) ?? TextFault.conflict(bytes) { return fault }
    let mark = parser.pointee.problem_mark
    let place = Location(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    let lines = bytes.split(
      separator: 10, maxSplits: Int(mark.line) + 1, omittingEmptySubsequences: false)
    if let line = lines.dropFirst(Int(mark.line)).first,
      line.prefix(while: { $0 == 32 || $0 == 9 }).contains(9)
    {
      return YAMLError("is not YAML: there is a tab where only spaces are allowed", at: place)
    }
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
    if parser.pointee.error == YAML_READER_ERROR, let source {
      let offset = min(Int(parser.pointee.problem_offset), source.bytes.count)
      return YAMLError("is not YAML: \(problem)", at: source.location(at: offset))
    }
    return YAMLError("is not YAML: \(problem)", at: place)
  }
}
