/// What an unquoted scalar turns into, as the YAML library of Kubernetes decides it.

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

  init(_ text: String, isPlain: Bool, tag: String?) {
    switch tag {
    case "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary", "!": self = .string
    case "tag:yaml.org,2002:int": self = .integer
    case "tag:yaml.org,2002:float": self = .float
    case "tag:yaml.org,2002:bool": self = .boolean
    case "tag:yaml.org,2002:null": self = .null
    default: self = isPlain ? ScalarType(plain: text) : .string
    }
  }

  /// What a plain scalar without a tag turns into.
  package init(plain text: String) {
    // No word of the list below is longer, and no number begins otherwise.
    let first = text.utf8.first ?? 0
    let mayBeNumber = isDigit(first) || "+-.".utf8.contains(first)
    guard text.utf8.count <= 5 || mayBeNumber else {
      self = .string
      return
    }
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "<<": self = .merge
    case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE",
      "n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE":
      self = .boolean
    case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF",
      "-.inf", "-.Inf", "-.INF":
      self = .float
    default:
      // A number begins with a digit, a sign or a point; underscores within it are dropped.
      guard mayBeNumber else {
        self = .string
        return
      }
      let digits = text.utf8.filter { $0 != UInt8(ascii: "_") }
      self = Self.isInteger(digits) ? .integer : Self.isFloat(digits) ? .float : .string
    }
  }

  private static func isInteger(_ text: some BidirectionalCollection<UInt8>) -> Bool {
    var digits = Array(text)
    if let first = digits.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
      digits.removeFirst()
    }
    guard digits.count > 2, digits[0] == UInt8(ascii: "0") else {
      return !digits.isEmpty && digits.allSatisfy { isDigit($0) }
    }
    let rest = digits.dropFirst(2)
    switch digits[1] | 0x20 {
    case UInt8(ascii: "x"): return rest.allSatisfy { isDigit($0) || (97...102).contains($0 | 0x20) }
    case UInt8(ascii: "b"): return rest.allSatisfy { $0 == 48 || $0 == 49 }
    case UInt8(ascii: "o"): return rest.allSatisfy { (48...55).contains($0) }
    default: return digits.allSatisfy { isDigit($0) }
    }
  }

  // [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
  private static func isFloat(_ text: some BidirectionalCollection<UInt8>) -> Bool {
    var rest = Array(text)[...]
    func dropDigits() -> Int {
      let digits = rest.prefix { isDigit($0) }.count
      rest = rest.dropFirst(digits)
      return digits
    }
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let whole = dropDigits()
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = dropDigits()
    }
    guard whole + fraction > 0 else { return false }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard dropDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }

}

private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
