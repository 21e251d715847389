/// What `check` has found, and what it could not look at.

package import Rules
internal import Text
package import Workspace
internal import YAML

/// The report of one `check`.
package struct CheckReport {
  /// What was found, each once, in the order of the rules.
  package private(set) var findings: [Finding] = []
  /// What was found in the part that is looked at now.
  private var known: Set<Name> = []
  /// What was not looked at, and why.
  package private(set) var unevaluated: [(what: String, why: String)] = []
  /// What was looked at, for people.
  package private(set) var looked: [String] = []

  /// What somebody lets be, and why.
  package private(set) var accepted: [(finding: Finding, because: String)] = []

  /// A report of nothing.
  package init() {}

  mutating func add(_ findings: [Finding]) {
    for finding in findings where known.insert(finding.identity).inserted {
      self.findings.append(finding)
    }
  }

  /// Sets aside what an environment accepts; an entry that nothing answers to is a finding itself.
  ///
  /// Environments may share a file, and then a finding: each accepts it for itself, and it is
  /// reported once if one of them does not.
  ///
  /// - Parameter first: the number of findings before the environment was looked at.
  package mutating func accept(_ environment: WorkspaceEnvironment, from first: Int) {
    let earlier = Set(findings[..<first].map(\.identity))
    let acceptedBefore = Set(accepted.map(\.finding.identity))
    var used: [Acceptance] = []
    var kept: [Finding] = []
    for finding in findings[first...] {
      if let entry = finding.acceptance(among: environment.accepted) {
        if !acceptedBefore.contains(finding.identity) { accepted.append((finding, entry.because)) }
        if !used.contains(entry) { used.append(entry) }
      } else if !earlier.contains(finding.identity) {
        kept.append(finding)
      }
    }
    findings.replaceSubrange(first..., with: kept)
    for entry in environment.accepted where !used.contains(entry) {
      let isRefusal = kept.contains { $0.code == entry.code && ($0.file == entry.file ?? $0.file) }
      add([
        Finding(
          code: "accept-unused", severity: .warning,
          message: isRefusal
            ? "'\(entry.code)' is accepted, but rotate refuses because of it, so it stays an error"
            : "'\(entry.code)' is accepted\(entry.file.map { " in '\($0)'" } ?? ""), but was not found there",
          hint: isRefusal ? "fix its cause" : "remove the entry",
          file: Workspace.fileName, location: entry.location)
      ])
    }
    known = []
  }

  /// Notes what was not looked at, and why.
  package mutating func skip(_ what: String, _ why: String) { unevaluated.append((what, why)) }
  mutating func look(at what: String) { looked.append(what) }

  /// Whether a finding is an error.
  package var hasErrors: Bool { findings.contains { $0.severity == .error } }
}

extension Finding {
  /// Equal for two that say the same of the same place.
  var identity: Name {
    let place = location.map { "\($0.line):\($0.column)" } ?? ""
    return Name("\(code)\0\(file)\0\(place)\0\(message)")
  }
}
