/// Errors as the user reads them: where, what, what was not changed, what to do.

package import Files
package import YAML

/// One error, with its place and its hint.
package struct Diagnostic {
  /// The file that the message is about, as the user named it or relative to the workspace.
  package let file: String?
  /// The place in the file.
  package let location: Location?
  /// What is wrong, without a capital and without a full stop.
  package let message: String
  /// What to do about it; nil if there is nothing to say.
  package let hint: String?

  /// - Parameter hint: what to do about it, as commands that work as printed.
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
  /// What is wrong, most important first; empty if it was said already.
  package let diagnostics: [Diagnostic]
  /// The last line: what was or was not changed.
  package let consequence: String?
  /// The exit status of the command.
  package let status: Int32

  /// The consequence of most errors; a command that writes no files leaves it out.
  package static let nothingWritten = "nothing was written"

  /// An error of several parts.
  package init(
    _ diagnostics: [Diagnostic], consequence: String? = nothingWritten, status: Int32 = 1
  ) {
    self.diagnostics = diagnostics
    self.consequence = consequence
    self.status = status
  }

  /// An error of one part.
  package init(
    _ message: String, hint: String?, file: String? = nil, location: Location? = nil,
    consequence: String? = nothingWritten, status: Int32 = 1
  ) {
    self.init(
      [Diagnostic(message, hint: hint, file: file, location: location)],
      consequence: consequence, status: status)
  }

  /// A file that is not what it should be.
  package init(_ error: YAMLError, file: String, hint: String? = nil) {
    self.init(
      error.message, hint: hint ?? error.hint ?? "correct the file and run the command again",
      file: file,
      location: error.location)
  }

  /// A file that the editor does not change.
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
