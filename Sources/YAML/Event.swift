/// The events of libyaml.

internal import CYAML

/// One event, copied from libyaml's memory.
struct Event {
  let type: yaml_event_type_t
  let start: Int
  let end: Int
  let location: Location
  private(set) var anchor: String?
  private(set) var tag: String?
  private(set) var text = ""
  private(set) var style = ScalarStyle.plain
  /// The index of the text that was withheld, and the type it would have.
  private(set) var withheld: (index: Int, type: ScalarType)?
  /// Whether nothing is written for this scalar.
  private(set) var isEmptyScalar = false
  private(set) var isFlow = false
  /// Whether a document begins without `---`.
  private(set) var isImplicit = false

  init(_ event: yaml_event_t, source: SourceText?, _ withholding: Withholding?) {
    type = event.type
    start = source?.byteOffset(ofCharacter: Int(event.start_mark.index)) ?? 0
    end = source?.byteOffset(ofCharacter: Int(event.end_mark.index)) ?? 0
    location = Location(event.start_mark)
    // Without a source the text may contain secrets, and a secret may look like a name.
    let isSecret = source == nil
    func anchor(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
      pointer.map { isSecret ? Event.standIn(for: $0) : String(cString: $0) }
    }
    func tag(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
      pointer.map { isSecret ? Event.knownTag($0) : String(cString: $0) }
    }
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: isImplicit = event.data.document_start.implicit == 1
    case YAML_ALIAS_EVENT: self.anchor = anchor(event.data.alias.anchor)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      self.anchor = anchor(scalar.anchor)
      self.tag = tag(scalar.tag)
      isEmptyScalar = scalar.length == 0 && event.start_mark.index == event.end_mark.index
      style = ScalarStyle(scalar.style)
      let bytes = UnsafeRawBufferPointer(start: scalar.value, count: Int(scalar.length))
      if let withholding {
        let type = ScalarType(bytes, style, tag: self.tag)
        withheld = (withholding.take(bytes), type)
      } else {
        text = String(decoding: bytes, as: UTF8.self)
      }
    case YAML_SEQUENCE_START_EVENT:
      self.anchor = anchor(event.data.sequence_start.anchor)
      self.tag = tag(event.data.sequence_start.tag)
      isFlow = event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
    case YAML_MAPPING_START_EVENT:
      self.anchor = anchor(event.data.mapping_start.anchor)
      self.tag = tag(event.data.mapping_start.tag)
      isFlow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
    default: break
    }
  }

  /// A meaningless name for an anchor: the same for the same bytes, in this process.
  private static func standIn(for name: UnsafeMutablePointer<yaml_char_t>) -> String {
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(start: name, count: Event.length(name)))
    return String(hasher.finalize(), radix: 36)
  }

  private static func length(_ text: UnsafeMutablePointer<yaml_char_t>) -> Int {
    var count = 0
    while text[count] != 0 { count += 1 }
    return count
  }

  /// The tag if YAML defines it; any other tag is not kept, but differs from none.
  private static func knownTag(_ tag: UnsafeMutablePointer<yaml_char_t>) -> String {
    let bytes = UnsafeRawBufferPointer(start: tag, count: Event.length(tag))
    return (["!"] + Node.coreTags).first { bytes.elementsEqual($0.utf8) } ?? "!…"
  }

  func node(_ content: Node.Content, end: Int) -> Node {
    Node(
      content: content, range: start..<max(start, end), anchor: anchor, tag: tag, isFlow: isFlow,
      location: location)
  }
}

extension Location {
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }
}

extension ScalarStyle {
  fileprivate init(_ style: yaml_scalar_style_t) {
    self =
      switch style {
      case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
      case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
      case YAML_LITERAL_SCALAR_STYLE: .literal
      case YAML_FOLDED_SCALAR_STYLE: .folded
      default: .plain
      }
  }
}
