/// The types of unquoted scalars, as the YAML library of Kubernetes decides them.

/// The type of a scalar (sigs.k8s.io/yaml over goyaml.v2: YAML 1.1 with `y`, `no`, `0777`).
package enum ScalarType: Sendable, Equatable {
  case string, null, boolean, integer, float, merge

  package var name: String {
    switch self {
    case .string: "a string"
    case .null: "a null"
    case .boolean: "a boolean"
    case .integer, .float: "a number"
    case .merge: "a merge key"
    }
  }

  init(_ text: String, _ style: ScalarStyle, tag: String?) {
    var text = text
    self = text.withUTF8 { ScalarType(UnsafeRawBufferPointer($0), style, tag: tag) }
  }

  init(_ bytes: UnsafeRawBufferPointer, _ style: ScalarStyle, tag: String?) {
    switch tag {
    case "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary", "!": self = .string
    case "tag:yaml.org,2002:int": self = .integer
    case "tag:yaml.org,2002:float": self = .float
    case "tag:yaml.org,2002:bool": self = .boolean
    case "tag:yaml.org,2002:null": self = .null
    default: self = style == .plain ? ScalarType(plain: bytes) : .string
    }
  }

  /// The type of a plain scalar without a tag.
  package init(plain text: String) {
    var text = text
    self = text.withUTF8 { ScalarType(plain: UnsafeRawBufferPointer($0)) }
  }

  /// The same for bytes, without leaving a copy on the heap.
  package init(plain bytes: UnsafeRawBufferPointer) {
    // No word in the list below is longer, and no number begins differently.
    let first = bytes.first ?? 0
    if isDigit(first) || "+-.".utf8.contains(first) {
      let number = NumberText(bytes)
      if number.isInteger || number.isFloat {
        self = number.isInteger ? .integer : .float
        return
      }
    }
    guard bytes.count <= 5 else {
      self = .string
      return
    }
    switch String(decoding: bytes, as: UTF8.self) {
    case "", "~", "null", "Null", "NULL": self = .null
    case "<<": self = .merge
    case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE",
      "n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE":
      self = .boolean
    case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF",
      "-.inf", "-.Inf", "-.INF":
      self = .float
    default: self = .string
    }
  }

  /// Whether a plain number or boolean, read as a string by Kubernetes, keeps its written text:
  /// `8080`, `-1`, `true` and `0.5` do, `0777`, `1.10` and `yes` do not.
  ///
  /// Floats are converted to 32 bits (sigs.k8s.io/yaml), which keeps six digits.
  package static func keepsText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    switch ScalarType(plain: bytes) {
    case .string: return true
    case .null, .merge: return false
    case .boolean: return bytes.elementsEqual("true".utf8) || bytes.elementsEqual("false".utf8)
    case .integer, .float: break
    }
    let digits = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes[...]
    let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }) else {
      return false
    }
    let whole = parts[0]
    guard whole.first != 48 || whole.count == 1 else { return false }
    // `-0` is 0; 18 digits fit into 64 bits.
    if parts.count == 1 {
      return whole.count <= 18 && !(whole.first == 48 && digits.count < bytes.count)
    }
    let fraction = parts[1]
    // Numbers below 0.0001 are written with an exponent.
    return whole.count + fraction.count <= 6 && fraction.last != 48
      && !(whole.first == 48 && fraction.prefix(4).allSatisfy { $0 == 48 } && fraction.count > 3)
  }
}

/// The characters of a number; underscores within it are dropped.
private struct NumberText {
  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

  // [-+]?(0b[01]+|0o[0-7]+|0x[0-9a-fA-F]+|[0-9]+)
  var isInteger: Bool {
    var text = self
    text.dropSign()
    guard text.peek() == 48 else { return text.dropDigits() > 0 && text.isAtEnd }
    text.drop()
    switch text.peek().map({ $0 | 0x20 }) {
    case UInt8(ascii: "x"): return text.isDigits { isDigit($0) || (97...102).contains($0 | 0x20) }
    case UInt8(ascii: "b"): return text.isDigits { $0 == 48 || $0 == 49 }
    case UInt8(ascii: "o"): return text.isDigits { (48...55).contains($0) }
    default:
      _ = text.dropDigits()
      return text.isAtEnd
    }
  }

  // [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
  var isFloat: Bool {
    var text = self
    text.dropSign()
    let whole = text.dropDigits()
    var fraction = 0
    if text.peek() == UInt8(ascii: ".") {
      text.drop()
      fraction = text.dropDigits()
    }
    guard whole + fraction > 0 else { return false }
    if let mark = text.peek(), mark | 0x20 == UInt8(ascii: "e") {
      text.drop()
      text.dropSign()
      guard text.dropDigits() > 0 else { return false }
    }
    return text.isAtEnd
  }

  private var isAtEnd: Bool { rest.allSatisfy { $0 == UInt8(ascii: "_") } }

  private mutating func peek() -> UInt8? {
    while rest.first == UInt8(ascii: "_") { rest.removeFirst() }
    return rest.first
  }

  private mutating func drop() { rest.removeFirst() }

  private mutating func dropSign() {
    if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { drop() }
  }

  private mutating func dropDigits() -> Int {
    var count = 0
    while let next = peek(), isDigit(next) {
      drop()
      count += 1
    }
    return count
  }

  /// Whether a letter for the base is followed only by digits of that base.
  private mutating func isDigits(_ isOne: (UInt8) -> Bool) -> Bool {
    drop()
    var count = 0
    while let next = peek() {
      guard isOne(next) else { return false }
      drop()
      count += 1
    }
    return count > 0
  }
}

private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
