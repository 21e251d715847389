/// What `check` has found, and what it could not look at: for people, as JSON, as SARIF.

internal import Preflight
internal import Text
internal import YAML

struct CheckReport {
  /// One finding of one environment.
  private(set) var findings: [Finding] = []
  private var known: Set<ByBytes> = []
  /// What was not looked at, and why.
  private(set) var unevaluated: [(what: String, why: String)] = []
  /// What was looked at, for people.
  private(set) var looked: [String] = []

  mutating func add(_ findings: [Finding]) {
    for finding in findings where known.insert(finding.identity).inserted {
      self.findings.append(finding)
    }
  }

  mutating func skip(_ what: String, _ why: String) { unevaluated.append((what, why)) }
  mutating func look(at what: String) { looked.append(what) }

  var hasErrors: Bool { findings.contains { $0.severity == .error } }

  var lines: [String] {
    var lines: [String] = []
    for finding in findings {
      lines.append(
        finding.diagnostic.placed(finding.severity == .error ? "error" : "warning"))
      lines.append("  hint: \(finding.hint)")
    }
    lines += unevaluated.map { "not evaluated: \($0.what): \($0.why)" }
    let errors = findings.count { $0.severity == .error }
    let warnings = findings.count - errors
    lines.append(
      "\(looked.joined(separator: ", ")): \(errors) errors, \(warnings) warnings, \(unevaluated.count) not evaluated"
    )
    return lines
  }

  private static func number(_ value: Int) -> Tree { .scalar(String(value), .integer) }

  var json: Tree {
    .map([
      ("looked", .sequence(looked.map { .string($0) })),
      (
        "findings",
        .sequence(
          findings.map { finding in
            .map([
              ("code", .string(finding.code)), ("severity", .string(finding.severity.rawValue)),
              ("message", .string(finding.message)), ("hint", .string(finding.hint)),
              ("file", .string(finding.file)),
              ("line", finding.location.map { Self.number($0.line) } ?? .null),
              ("column", finding.location.map { Self.number($0.column) } ?? .null),
            ])
          })
      ),
      (
        "notEvaluated",
        .sequence(
          unevaluated.map { .map([("what", .string($0.what)), ("why", .string($0.why))]) })
      ),
    ])
  }

  /// SARIF 2.1.0 (OASIS); what was not evaluated is a notification of the invocation.
  var sarif: Tree {
    let codes = Set(findings.map { ByBytes($0.code) }).map(\.text).sorted()
    let driver = Tree.map([
      ("name", .string("moltseal")), ("version", .string(Version.number)),
      ("rules", .sequence(codes.map { .map([("id", .string($0))]) })),
    ])
    let results = findings.map { finding -> Tree in
      var physical: [(String, Tree)] = [
        ("artifactLocation", .map([("uri", .string(Self.uri(finding.file)))]))
      ]
      if let location = finding.location {
        physical.append(
          (
            "region",
            .map([
              ("startLine", Self.number(location.line)),
              ("startColumn", Self.number(location.column)),
            ])
          ))
      }
      return .map([
        ("ruleId", .string(finding.code)), ("level", .string(finding.severity.rawValue)),
        ("message", .map([("text", .string("\(finding.message); \(finding.hint)"))])),
        ("locations", .sequence([.map([("physicalLocation", .map(physical))])])),
      ])
    }
    let notifications = unevaluated.map { what, why -> Tree in
      .map([
        ("level", .string("warning")),
        ("message", .map([("text", .string("not evaluated: \(what): \(why)"))])),
      ])
    }
    return .map([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")),
      ("version", .string("2.1.0")),
      (
        "runs",
        .sequence([
          .map([
            ("tool", .map([("driver", driver)])), ("results", .sequence(results)),
            (
              "invocations",
              .sequence([
                .map([
                  ("executionSuccessful", .scalar("true", .boolean)),
                  ("toolExecutionNotifications", .sequence(notifications)),
                ])
              ])
            ),
          ])
        ])
      ),
    ])
  }

  /// A path as the reference of a URI (RFC 3986): what is no unreserved character is encoded.
  private static func uri(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case 45...57, 65...90, 95, 97...122, 126: text.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        text += "%" + (hex.utf8.count == 1 ? "0" : "") + hex
      }
    }
    return text
  }
}

extension Finding {
  /// Equal for two that say the same of the same place.
  fileprivate var identity: ByBytes {
    let place = location.map { "\($0.line):\($0.column)" } ?? ""
    return ByBytes("\(code)\0\(file)\0\(place)\0\(message)")
  }
}

extension Diagnostic {
  /// `FILE:LINE:COLUMN: error: message`, as compilers have it.
  fileprivate func placed(_ severity: String) -> String {
    var place = ""
    if let file { place += file + ":" }
    if let location { place += "\(location.line):\(location.column):" }
    return "\(place) \(severity): \(message)"
  }
}
