/// Errors as the user reads them: where, what, what was not changed, what to do.

package import Transactions
package import YAML

/// One error, with its place and its hint.
package struct Diagnostic {
  package let file: String?
  package let location: Location?
  package let message: String
  package let hint: String?

  package init(_ message: String, hint: String?, file: String? = nil, location: Location? = nil) {
    self.message = message
    self.hint = hint
    self.file = file
    self.location = location
  }

  /// `FILE:LINE:COLUMN: message`, the format of compilers and editors.
  package var text: String {
    var place = ""
    if let file { place += file + ":" }
    if let location { place += "\(location.line):\(location.column):" }
    return place.isEmpty ? message : "\(place) \(message)"
  }

  /// The same refusal, worded for a run that goes on with its other steps.
  package var leftAsItIs: Diagnostic {
    Diagnostic(
      message + "; it is left unchanged, and the other steps are taken", hint: hint, file: file,
      location: location)
  }
}

/// The error that ends a command.
package struct CommandError: Error {
  package let diagnostics: [Diagnostic]
  /// The last line: what was or was not changed.
  package let consequence: String?
  package let status: Int32

  package static let nothingWritten = "nothing was written"

  package init(
    _ diagnostics: [Diagnostic], consequence: String? = nothingWritten, status: Int32 = 1
  ) {
    self.diagnostics = diagnostics
    self.consequence = consequence
    self.status = status
  }

  package init(
    _ message: String, hint: String?, file: String? = nil, location: Location? = nil,
    consequence: String? = nothingWritten, status: Int32 = 1
  ) {
    self.init(
      [Diagnostic(message, hint: hint, file: file, location: location)],
      consequence: consequence, status: status)
  }

  package init(_ error: YAMLError, file: String, hint: String? = nil) {
    self.init(
      error.message, hint: hint ?? error.hint ?? "correct the file and run the command again",
      file: file,
      location: error.location)
  }

  package init(_ refusal: EditRefusal, file: String, by hand: String) {
    self.init(
      "cannot be edited here: \(refusal.message)", hint: hand, file: file,
      location: refusal.location)
  }

  /// A file that could not be read; `location` is the place that names its path.
  package init(_ error: FileError, what: String, file: String? = nil, location: Location? = nil) {
    let hint: String
    if error.leavesFolder {
      hint =
        "keep the path inside the workspace: no '..', no absolute path, no symbolic link out of it"
    } else if error.isMissing {
      hint = "check the path; it is relative to the workspace"
    } else if error.isTooLarge {
      hint = "check that it is the right file; such a file has a few kilobytes"
    } else {
      hint = "check the file and its permissions"
    }
    let reason = error.leavesFolder ? "leads out of the workspace" : error.reason
    self.init("\(what) '\(error.path)': \(reason)", hint: hint, file: file, location: location)
  }
}
