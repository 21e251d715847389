/// What must hold before the dev generator is taken out.

internal import Credentials
internal import Manifests
internal import Preflight
internal import YAML

enum Cutover {
  /// Refuses on every finding of severity error, and a cutover of a running environment.
  static func check(_ context: KustomizationContext, _ environment: WorkspaceEnvironment) throws {
    let findings = context.findings()
    let errors = findings.filter { $0.severity == .error }
    guard errors.isEmpty else { throw CommandError(errors) }
    if let entry = context.entriesToRemove.first, environment.deployed {
      throw CommandError(
        "environment '\(environment.name)' is deployed with the values of its secretGenerator ('\(entry.name)'); new values would lock its pods out",
        hint:
          "set 'deployed: false' if nothing runs yet; otherwise its live values have to be adopted first",
        file: LoadedWorkspace.fileName, location: environment.location)
    }
    for finding in findings {
      let place = finding.location.map { "\(finding.file):\($0.line):\($0.column): " } ?? ""
      Terminal.warning("\(place)\(finding.message) [\(finding.code)]")
    }
  }
}
