/// What `check` has found as SARIF 2.1.0 (OASIS), as code scanning takes it.

package import Checking
internal import Operations
internal import Rules
internal import Text
internal import Words
package import YAML

/// A report of `check` in the format of code scanning.
package struct SARIF {
  let report: CheckReport
  /// The path from the repository's root to the folder that paths are relative to.
  ///
  /// It is empty, or has a slash at its end.
  let prefix: String
  /// The version of moltseal.
  let version: String

  /// - Parameter prefix: the path from the repository's root to the folder of the findings: empty,
  ///   or with a slash at its end.
  /// - Parameter version: the version of moltseal.
  package init(_ report: CheckReport, prefix: String, version: String) {
    self.report = report
    self.prefix = prefix
    self.version = version
  }

  /// The whole log; what was not evaluated is a notification of the invocation.
  package var tree: Tree {
    let found = report.findings + report.accepted.map(\.finding)
    let codes = Set(found.map { Name($0.code) }).map(\.text).sorted()
    let driver = Tree.map([
      ("name", .string("moltseal")), ("version", .string(version)),
      ("semanticVersion", .string(version)),
      ("rules", .sequence(codes.map { rule($0, found) })),
    ])
    let results =
      report.findings.map { result($0, codes, because: nil) }
      + report.accepted.map { result($0.finding, codes, because: $0.because) }
    let notifications = report.unevaluated.map { what, why -> Tree in
      .map([
        ("level", .string("note")),
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
            ("columnKind", .string("unicodeCodePoints")),
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

  private func rule(_ code: String, _ findings: [Finding]) -> Tree {
    let words = FindingText.summary(code)
    // The higher severity, if a code was found with two.
    let isError = findings.contains { $0.code == code && $0.severity == .error }
    return .map([
      ("id", .string(code)), ("name", .string(Self.pascalCase(code))),
      ("shortDescription", .map([("text", .string(words))])),
      ("fullDescription", .map([("text", .string(words + "."))])),
      (
        "help",
        .map([
          ("text", .string("\(words). See docs/findings.md.")),
          ("markdown", .string("\(words). See `docs/findings.md`, \(code).")),
        ])
      ),
      ("defaultConfiguration", .map([("level", .string(isError ? "error" : "warning"))])),
    ])
  }

  private func result(_ finding: Finding, _ codes: [String], because: String?) -> Tree {
    // Code scanning shows no result without a location.
    let location = finding.location ?? Location(line: 1, column: 1)
    let place = Tree.map([
      ("artifactLocation", .map([("uri", .string(Self.uri(prefix + finding.file)))])),
      (
        "region",
        .map([
          ("startLine", .number(location.line)), ("startColumn", .number(location.column)),
        ])
      ),
    ])
    var fields: [(String, Tree)] = [
      ("ruleId", .string(finding.code)),
      ("ruleIndex", .number(codes.firstIndex(of: finding.code) ?? 0)),
      ("level", .string(finding.severity.rawValue)),
      ("message", .map([("text", .string("\(finding.message); \(finding.hint)"))])),
      ("locations", .sequence([.map([("physicalLocation", place)])])),
      ("partialFingerprints", .map([("moltsealFinding/v1", .string(fingerprint(finding)))])),
    ]
    if let because {
      fields.append(
        (
          "suppressions",
          .sequence([.map([("kind", .string("external")), ("justification", .string(because))])])
        ))
    }
    return .map(fields)
  }

  /// A fingerprint that stays the same when the line of a finding moves.
  private func fingerprint(_ finding: Finding) -> String {
    let text = "\(finding.code)\0\(prefix)\(finding.file)\0\(finding.message)"
    return String(ContentDigest.sha256(Array(text.utf8)).dropFirst(7).prefix(32))
  }

  /// `key-dangles` → `KeyDangles`.
  private static func pascalCase(_ code: String) -> String {
    code.pieces(between: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// A path as a URI reference (RFC 3986): every byte but an unreserved character is encoded.
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
