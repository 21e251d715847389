/// Finds what a change newly allows, for the person who reviews it.

package import Kubernetes
package import Manifests
internal import Text
package import Workspace
internal import YAML

package enum Loosening {
  /// Everything that `now` allows and `base` does not.
  ///
  /// - Parameter file: the workspace file, for the findings.
  package static func findings(from base: Workspace, to now: Workspace, file: String) -> [Finding] {
    let report = { (message: String, location: Location?) in
      Finding(
        code: "loosened", severity: .warning, message: message,
        hint: "ask the author why; nothing else in a pull request shows it",
        file: file, location: location)
    }
    var found: [Finding] = []
    for new in now.environments {
      guard let old = base.environments.first(where: { $0.name === new.name }) else {
        if new.fingerprints.isEmpty {
          found.append(report("environment '\(new.name)' is new and pins no key", new.location))
        }
        continue
      }
      found += changes(old, new).map { report("environment '\(new.name)': \($0)", new.location) }
    }
    for new in now.groups {
      guard let old = base.groups.first(where: { $0.name === new.name }) else { continue }
      found += changes(old, new).map { report("'\(new.name)': \($0)", new.location) }
    }
    let names = now.groups.map(\.name)
    for gone in base.groups.map(\.name) where !names.includes(gone) {
      found.append(
        report("credential '\(gone)' was removed, so a replacement is not compared with it", nil))
    }
    return found
  }

  private static func changes(
    _ old: WorkspaceEnvironment, _ new: WorkspaceEnvironment
  ) -> [String] {
    var found = new.fingerprints.filter { !old.fingerprints.includes($0) }.map {
      old.fingerprints.isEmpty ? "the first pinned key is \($0)" : "\($0) is also pinned"
    }
    if new.fingerprints.isEmpty, !old.fingerprints.isEmpty {
      found.append("no key is pinned any more")
    }
    if new.certificate?.path !== old.certificate?.path {
      found.append("the certificate file is now \(new.certificate?.path ?? "none")")
    }
    for entry in new.accepted
    where !old.accepted.contains(where: { $0.code == entry.code && $0.file == entry.file }) {
      found.append("the finding \(entry.code) is accepted, because: \(entry.because)")
    }
    if !new.deployed, old.deployed {
      found.append("it is marked as not deployed, so that a cutover makes new values")
    }
    let (now, before) = (new.cluster, old.cluster)
    if now.context !== before.context || now.controllerNamespace !== before.controllerNamespace
      || now.controllerName !== before.controllerName
    {
      found.append("it names another cluster or controller")
    }
    if new.lockPath !== old.lockPath { found.append("the lock file is now \(new.lockPath)") }
    for target in new.targets {
      let before = old.target(target.name)
      for (secret, scope) in target.scopes.sorted(by: { $0.key < $1.key })
      where scope != "strict" && before?.scopes[secret] != scope {
        found.append("'\(secret)' may be sealed \(scope)")
      }
      for name in target.keepGenerators where before?.keepGenerators.includes(name) != true {
        found.append("the Secret of the generator '\(name)' stays in plain text")
      }
    }
    return found
  }

  private static func changes(_ old: Credential, _ new: Credential) -> [String] {
    var found: [String] = []
    /// Reports a time that became shorter: what is dropped after it may still be in use.
    func shorter(_ field: String, _ old: Int?, _ new: Int?) {
      guard let old, old > new ?? 0 else { return }
      found.append("\(field) is now \(new.map { "\($0) seconds" } ?? "unset"), and was \(old)")
    }
    shorter("tokenLifetime", old.tokenLifetime, new.tokenLifetime)
    shorter("cacheTime", old.cacheTime, new.cacheTime)
    shorter("settle", old.settle, new.settle)
    if let before = old.rotateEvery, new.rotateEvery.map({ $0 > before }) ?? true {
      found.append(
        "rotateEvery is now \(new.rotateEvery.map { "\($0 / 86_400) days" } ?? "unset"), and was \(before / 86_400)"
      )
    }
    switch (old.source, new.source) {
    case (.generated(let before), .generated(let after)):
      if after.entropy < before.entropy {
        found.append("a value now has \(Int(after.entropy)) bits, and had \(Int(before.entropy))")
      }
    case (.generated, .supplied): found.append("it is now supplied, and was generated")
    case (.supplied(.required), .supplied(.optional)): found.append("it is now optional")
    default: break
    }
    if !old.roles.isEmpty, new.roles.isEmpty {
      found.append("it now has one role, so that pods are refused while it changes")
    }
    return found
  }

  /// Findings for the lines of CI files that bypass a rule and are new.
  ///
  /// - Parameter base: the files at the base, with their texts.
  /// - Parameter words: the options and variables with which a job bypasses a rule.
  package static func findings(
    from base: [(file: String, text: String)], to now: [(file: String, text: String)],
    words: [String]
  ) -> [Finding] {
    var left = base.flatMap { $0.text.pieces(between: "\n") }.map { trimmed($0) }
    var found: [Finding] = []
    for (file, text) in now {
      for (index, line) in text.pieces(between: "\n").enumerated() {
        let line = trimmed(line)
        if let known = left.firstIndex(where: { $0 === line }) {
          left.remove(at: known)
          continue
        }
        // A new guard can replace another one.
        let isGuard = line.holds(guardName) && !base.isEmpty
        guard let word = words.first(where: { line.holds($0) }) ?? (isGuard ? guardName : nil)
        else { continue }
        found.append(
          Finding(
            code: "loosened", severity: .warning,
            message: isGuard
              ? "a CI job has another \(guardName)"
              : "a CI job bypasses a rule with \(word)",
            hint: "ask the author why; docs/security.md says what each rule is for",
            file: file, location: Location(line: index + 1, column: 1)))
      }
    }
    return found + goneGuards(left, base)
  }

  /// Findings for guards that were removed or changed, which are not among the new lines.
  ///
  /// - Parameter left: the lines of `base` that are gone.
  private static func goneGuards(
    _ left: [String], _ base: [(file: String, text: String)]
  ) -> [Finding] {
    left.filter { $0.holds(guardName) && !$0.begins(with: "#") }.map { line in
      let file = base.first { $0.text.pieces(between: "\n").contains { trimmed($0) === line } }?
        .file
      return Finding(
        code: "loosened", severity: .warning,
        message: "a line with \(guardName) was removed or changed",
        hint:
          "ask the author why; it guards against a change that replaces certificate and pin together",
        file: file ?? base.first?.file ?? "", location: nil)
    }
  }

  private static let guardName = "MOLTSEAL_FINGERPRINT"

  private static func trimmed(_ line: String) -> String {
    let bytes = line.utf8.drop { $0 == 32 || $0 == 9 }
    return String(
      decoding: bytes.reversed().drop { $0 == 32 || $0 == 13 }.reversed(), as: UTF8.self)
  }

  /// Findings for a lock file that is no longer live, or that has a date in the future.
  package static func findings(
    from base: LockFile, to now: LockFile, at time: Timestamp, file: String
  ) -> [Finding] {
    var found: [String] = []
    if base.isLive, !now.isLive {
      found.append("it is no longer live, so that a cutover makes new values")
    }
    found += now.credentials.filter { $0.value.time > time }.map(\.key).sorted().map {
      "'\($0)' is dated in the future, so that it becomes due too late"
    }
    return found.map {
      Finding(
        code: "loosened", severity: .warning, message: $0,
        hint: "restore the file from its history; only moltseal may write it", file: file,
        location: nil)
    }
  }
}
