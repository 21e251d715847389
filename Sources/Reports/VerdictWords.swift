/// What `verify` says of what it has looked at, for people and as JSON.

internal import Manifests
package import Operations
internal import Rules
internal import Reporting
internal import Text
internal import Words
package import YAML

/// The lines of all verdicts, and what was not checked.
package struct VerdictWords {
  private let verdicts: [Verdict]
  private let folded: FoldedFindings

  /// - Parameter verdicts: of all objects, in the order of the files.
  package init(_ verdicts: [Verdict]) {
    self.verdicts = verdicts
    folded = FoldedFindings(verdicts.flatMap(\.findings))
  }

  /// More of those that are in order are a number.
  private static let most = 10

  /// The verdicts for a person.
  package var screen: Screen {
    var screen = Screen()
    let isShort = verdicts.count(where: \.isFine) > Self.most && !Notices.isVerbose
    for verdict in verdicts where !(isShort && verdict.isFine) { add(verdict, to: &screen) }
    for line in folded.lines { screen.line(line, hang: 2) }
    screen.line(summary, hang: 2)
    return screen
  }

  /// The verdict's line, and two for each finding.
  private func add(_ verdict: Verdict, to screen: inout Screen) {
    screen.line(
      "\(verdict.file):\(verdict.location.line): \(verdict.place): \(verdict.words)", hang: 2)
    for finding in verdict.findings where !folded.holds(finding) {
      let location = finding.location ?? verdict.location
      screen.line(
        "  \(verdict.file):\(location.line):\(location.column): [\(finding.code)] "
          + "\(finding.severity == .warning ? "warning: " : "")\(finding.message)", hang: 4)
      screen.line("    hint: \(finding.hint)", hang: 6)
    }
  }

  private var summary: String {
    let failed = verdicts.count(where: \.hasFailed)
    let unknown = verdicts.count(where: \.isUnknown)
    let ok = verdicts.count - failed - unknown
    var text = [(ok, "ok"), (failed, "failed"), (unknown, "not known")]
      .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    if verdicts.contains(where: { $0.isUnknown && $0.notEvaluated == nil }) {
      text +=
        ". Not checked: which key opens an item, whether its ciphertext is intact, and its value (add \(CLI.privateKey) FILE or \(CLI.online))"
    }
    return text
  }
}

extension Verdict {
  fileprivate var place: String { document?.place ?? "?" }

  /// Whether nothing has to be said of it.
  fileprivate var isFine: Bool { !hasFailed && findings.isEmpty && notEvaluated == nil }

  private var items: String {
    let items = document?.items.count ?? 0
    return "\(items) \(items == 1 ? "item" : "items")"
  }

  fileprivate var words: String {
    if let notEvaluated { return "not evaluated: \(notEvaluated)" }
    if hasFailed { return "failed" }
    switch knowledge {
    case .opened(let keys) where keys.isEmpty: return "ok (\(items))"
    case .opened(let keys):
      return "ok (\(items)), opened by \(keys.map(Fingerprint.short).joined(separator: ", "))"
    case .recorded(let keys):
      return
        "ok (\(items)), as the lock file has them, for \(keys.map(Fingerprint.short).joined(separator: ", "))"
    case .none: return "well formed (\(items)), key not known"
    }
  }

  private var name: String {
    if notEvaluated != nil { return "not-evaluated" }
    return hasFailed ? "failed" : isUnknown ? "not-known" : "ok"
  }

  private var keys: Tree {
    let keys: [String]
    switch knowledge {
    case .recorded(let some), .opened(let some): keys = some
    case .none: return .null
    }
    return .sequence(keys.map { .string($0) })
  }

  /// The verdict for a program.
  package var tree: Tree {
    .map([
      ("file", .string(file)), ("line", .number(location.line)),
      ("namespace", document?.namespace.map { .string($0) } ?? .null),
      ("name", document.map { .string($0.name) } ?? .null),
      ("items", .number(document?.items.count ?? 0)),
      ("verdict", .string(name)),
      ("because", notEvaluated.map { .string($0) } ?? .null),
      ("keys", keys),
      (
        "findings",
        .sequence(
          findings.map { finding in
            let location = finding.location ?? self.location
            return .map([
              ("code", .string(finding.code)), ("severity", .string(finding.severity.rawValue)),
              ("message", .string(finding.message)), ("hint", .string(finding.hint)),
              ("line", .number(location.line)), ("column", .number(location.column)),
            ])
          })
      ),
    ])
  }
}

/// Fingerprints as people compare them at a glance.
enum Fingerprint {
  /// `sha256:0123456789ab…`: twelve digits of the sixty-four.
  static func short(_ fingerprint: String) -> String {
    guard fingerprint.utf8.count > 19 else { return fingerprint }
    return String(fingerprint.prefix(19)) + "…"
  }
}
