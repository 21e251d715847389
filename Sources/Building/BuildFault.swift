/// Why a build gives no result, and the messages for that.

package import Kustomize
internal import Processes
package import Reporting
internal import Text
package import YAML

/// Why there is no result of a build.
package enum BuildFault: Error {
  case noBuilder
  /// The builder was not started for this folder, because it would do what is not allowed here.
  case refused(String, [KustomizationGraph.Fault])
  /// The builder failed for this folder.
  case failed(String, BuildComplaint)
  /// The build used more than a build may.
  case usedTooMuch(String)
  /// The builder's output for this folder cannot be read.
  case unreadable(String, YAMLError)
}

/// The error output of a builder, which may contain values, and what can be said without them.
package struct BuildComplaint {
  /// The builder's own words.
  let words: String
  /// A file that it names, relative to the workspace, and the line in it.
  let file: String?
  let line: Int?
  /// What is missing, or is not built here at all.
  let reason: (message: String, file: String, location: Location?)?

  /// Whether the builder is too old to know a field of kustomize.
  let isTooOld: Bool

  /// The message: where the builder stops, and its own words only in verbose mode.
  var text: String {
    if Notices.isVerbose { return words }
    if let reason { return reason.message }
    if isTooOld {
      return
        "the installed kubectl or kustomize does not know one of its fields; kubectl 1.27 or kustomize 5 knows all of them"
    }
    guard let file else { return "the builder refuses it" }
    return "the builder stops at \(file)\(line.map { ":\($0)" } ?? "")"
  }
}

extension KustomizationGraph.Fault {
  /// What is wrong with the place, as a sentence without a full stop.
  package var message: String {
    switch kind {
    case .remote(let address):
      "\(address) would be fetched by the build, which may use only local files"
    case .leaves(let name):
      "\(SecretName.quotedPath(name)) leads out of the workspace, and a build may not read files there"
    case .unknownField(let name):
      name.isFieldName
        ? "'\(name)' is not a known field of kustomize, so it is not known what it reads"
        : "this is not a known field of kustomize, so it is not known what it reads"
    case .unknownPlugin(let kind):
      "the plugin\(kind.isFieldName ? " '\(kind)'" : "") is not a known built-in plugin of kustomize; programs are not started"
    case .builtPlugin: "the configurations of plugins are themselves the result of a build"
    case .tag: "a tag changes the meaning of this value"
    case .unreadable(let reason): reason
    case .tooMuch(let reason): reason
    }
  }

  /// The code of the finding that it is in `check`.
  package var code: String {
    switch kind {
    case .remote: "build-remote"
    case .leaves: "build-leaves"
    case .unknownField, .unknownPlugin, .builtPlugin, .tag: "build-unknown"
    case .unreadable: "cannot-be-built"
    case .tooMuch: "build-too-large"
    }
  }

  /// What to do about it.
  package var hint: String {
    switch kind {
    case .remote:
      "keep a copy in the repository and name that, or pass \(CLI.allowRemote) to fetch it"
    case .leaves: "keep a copy in the workspace and name that"
    case .unknownField: "correct its name; see the kustomize reference"
    case .unknownPlugin: "build it in an earlier step, and name the file that it makes"
    case .builtPlugin: "name the configuration files themselves"
    case .tag: "write the value without a tag"
    case .unreadable: "fix the file"
    case .tooMuch: "include only what belongs to this deployment"
    }
  }

  var diagnostic: Diagnostic {
    Diagnostic(message, hint: hint, file: path, location: location)
  }
}

extension String {
  /// Whether it can be shown as the name of a field, and is not a value in a name's place.
  var isFieldName: Bool {
    utf8.count <= 63
      && utf8.allSatisfy { (97...122).contains($0 | 0x20) || (48...57).contains($0) || $0 == 45 }
      && SecretName.isTelling(self)
  }
}

extension BuildFault {
  /// What a build may use, for messages.
  static var limits: String {
    let limits = KustomizeBuilder.limits
    return
      "\(limits.memory >> 30) GiB of memory and \(limits.processorSeconds) seconds of processor time"
  }

  /// - Parameter paths: the kustomizations that should be built.
  /// - Parameter needs: why a build is required; nil if the run can go on without one on request.
  package func commandError(paths: [String], needs: String? = nil) -> CommandError {
    let purpose =
      needs.map { "and \($0)" } ?? "so it was not checked that only the Secrets change"
    let otherwise =
      needs == nil ? "; or pass \(CLI.noBuildCheck) and compare the builds yourself" : ""
    func path(_ folder: String) -> String {
      paths.first { (Path.split($0).folder ?? ".") === folder } ?? folder
    }
    switch self {
    case .noBuilder:
      return CommandError(
        "neither kubectl nor kustomize is installed, \(purpose)",
        hint: needs == nil
          ? "install kubectl, or pass \(CLI.noBuildCheck) and compare the builds yourself"
          : "install kubectl", file: paths.first)
    case .refused(_, let faults): return CommandError(faults.map(\.diagnostic))
    case .failed(let folder, let complaint):
      return CommandError(
        "cannot be built, \(purpose): \(complaint.text)",
        hint: "run kubectl kustomize \(folder) to see why\(otherwise)",
        file: complaint.reason?.file ?? path(folder), location: complaint.reason?.location)
    case .usedTooMuch(let folder):
      return CommandError(
        "cannot be built within \(BuildFault.limits), \(purpose)",
        hint: "include only what belongs to this deployment\(otherwise)", file: path(folder))
    case .unreadable(let folder, let error):
      return CommandError(
        "cannot read the builder's output, \(purpose): \(error.message)",
        hint: "run kubectl kustomize \(folder) to see it\(otherwise)", file: path(folder))
    }
  }

  /// The same in a few words, for what is left out or not evaluated.
  package var words: String {
    switch self {
    case .noBuilder: "neither kubectl nor kustomize is installed"
    case .refused(_, let faults):
      faults.first.map { $0.diagnostic.text } ?? "it is not built here"
    case .failed(_, let complaint): "cannot be built: \(complaint.text)"
    case .usedTooMuch: "cannot be built within \(BuildFault.limits)"
    case .unreadable(_, let error): "cannot read the builder's output: \(error.message)"
    }
  }
}
