/// Why a build says nothing, and what a person reads of it.

internal import Kustomize
internal import Processes
internal import Text
internal import YAML

enum BuildFault: Error {
  case noBuilder
  /// The builder was not started for this folder: what it would do is not done here.
  case refused(String, [KustomizationGraph.Fault])
  /// The builder did not build this folder.
  case failed(String, BuildComplaint)
  /// It used more than a build may.
  case usedTooMuch(String)
  /// What it printed for this folder cannot be read.
  case unreadable(String, YAMLError)
}

/// What a builder has said, in which values may stand, and what can be said of it without them.
struct BuildComplaint {
  /// The builder's own words.
  let words: String
  /// A file that it names, from the workspace, and the line there.
  let file: String?
  let line: Int?
  /// What is not there, or is not built here at all.
  let reason: (message: String, file: String, location: Location?)?

  /// Whether the builder does not know a field of a kustomization that is one of kustomize's.
  let isTooOld: Bool

  /// What is said: where it stops, and its own words only where somebody asked for them.
  var text: String {
    if Terminal.isVerbose { return words }
    if let reason { return reason.message }
    if isTooOld {
      return
        "the kubectl or kustomize that is installed does not know a field of it; kubectl 1.27 or kustomize 5 knows all of them"
    }
    guard let file else { return "the builder refuses it" }
    return "the builder stops at \(file)\(line.map { ":\($0)" } ?? "")"
  }
}

extension KustomizationGraph.Fault {
  var message: String {
    switch kind {
    case .remote(let address):
      "\(address) is fetched by the build, and nothing but the files here is built"
    case .leaves(let name):
      "\(SecretName.quotedPath(name)) leads out of the workspace, and nothing there is built"
    case .unknownField(let name):
      name.isFieldName
        ? "'\(name)' is no field of kustomize that is known here, so it is not known what it reads"
        : "there is no field of kustomize that is known here, so it is not known what it reads"
    case .unknownPlugin(let kind):
      "the plugin\(kind.isFieldName ? " '\(kind)'" : "") is none of kustomize's own that are known here; programs are not started"
    case .builtPlugin: "the configurations of plugins are themselves changed by a build"
    case .tag: "a tag makes another text of what is written here"
    case .unreadable(let reason): reason
    case .tooMuch(let reason): reason
    }
  }

  /// The code of the finding that it is in `check`.
  var code: String {
    switch kind {
    case .remote: "build-remote"
    case .leaves: "build-leaves"
    case .unknownField, .unknownPlugin, .builtPlugin, .tag: "build-unknown"
    case .unreadable: "cannot-be-built"
    case .tooMuch: "build-too-large"
    }
  }

  /// What to do about it.
  var hint: String {
    switch kind {
    case .remote:
      "keep a copy in the repository and name that, or pass --allow-remote to have it fetched"
    case .leaves: "keep a copy in the workspace and name that"
    case .unknownField: "correct its name; see the fields of kustomize's own reference"
    case .unknownPlugin: "build it in a step before, and name the file that it makes"
    case .builtPlugin: "name the files of the configurations themselves"
    case .tag: "write the text itself, without a tag"
    case .unreadable: "correct the file there"
    case .tooMuch: "name only what belongs to this deployment"
    }
  }

  var diagnostic: Diagnostic {
    Diagnostic(message, hint: hint, file: path, location: location)
  }
}

extension String {
  /// Whether it can be shown as the name of a field: a value in a name's place is not said.
  var isFieldName: Bool {
    utf8.count <= 63
      && utf8.allSatisfy { (97...122).contains($0 | 0x20) || (48...57).contains($0) || $0 == 45 }
      && SecretName.isTelling(self)
  }
}

extension BuildFault {
  /// What a build may use, in words.
  static var limits: String {
    let limits = KustomizeBuilder.limits
    return
      "\(limits.memory >> 30) GiB of memory and \(limits.processorSeconds) seconds of a processor"
  }

  /// - Parameter paths: the kustomizations that were to be built.
  /// - Parameter needs: why nothing goes on without a build; nil where it does, if somebody says so.
  func commandError(paths: [String], needs: String? = nil) -> CommandError {
    let purpose =
      needs.map { "and \($0)" } ?? "so it was not checked that nothing but the Secrets changes"
    let otherwise =
      needs == nil ? "; or pass --no-build-check and compare the builds yourself" : ""
    func path(_ folder: String) -> String {
      paths.first { (Path.split($0).folder ?? ".") === folder } ?? folder
    }
    switch self {
    case .noBuilder:
      return CommandError(
        "neither kubectl nor kustomize is installed, \(purpose)",
        hint: needs == nil
          ? "install kubectl, or pass --no-build-check and compare the builds yourself"
          : "install kubectl", file: paths.first)
    case .refused(_, let faults): return CommandError(faults.map(\.diagnostic))
    case .failed(let folder, let complaint):
      return CommandError(
        "cannot be built, \(purpose): \(complaint.text)",
        hint: "see what kubectl kustomize \(folder) says\(otherwise)",
        file: complaint.reason?.file ?? path(folder), location: complaint.reason?.location)
    case .usedTooMuch(let folder):
      return CommandError(
        "cannot be built within \(BuildFault.limits), \(purpose)",
        hint: "name only what belongs to this deployment\(otherwise)", file: path(folder))
    case .unreadable(let folder, let error):
      return CommandError(
        "what the builder prints cannot be read, \(purpose): \(error.message)",
        hint: "see what kubectl kustomize \(folder) says\(otherwise)", file: path(folder))
    }
  }

  /// The same in a few words, for what is left out or not looked at.
  var words: String {
    switch self {
    case .noBuilder: "neither kubectl nor kustomize is installed"
    case .refused(_, let faults):
      faults.first.map { $0.diagnostic.text } ?? "it is not built here"
    case .failed(_, let complaint): "cannot be built: \(complaint.text)"
    case .usedTooMuch: "cannot be built within \(BuildFault.limits)"
    case .unreadable(_, let error): "what the builder prints cannot be read: \(error.message)"
    }
  }
}
