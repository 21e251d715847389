/// What an operation has to say besides its result, and who listens: the shell, or nobody in a
/// test.

/// Warnings, messages and progress of an operation.
///
/// A library prints nothing. The shell sets a listener once, before any thread starts.
package enum Notices {
  nonisolated(unsafe) private static var listener: (any Listener)?
  nonisolated(unsafe) private static var verbose = false

  /// Whether to show the messages of other programs verbatim, values included.
  package static var isVerbose: Bool { verbose }

  /// Sets who listens from now on.
  package static func send(to listener: any Listener) { self.listener = listener }

  /// Shows everything from now on.
  package static func beVerbose() { verbose = true }

  /// Warns, with what to do about it where that is known.
  package static func warn(_ diagnostic: Diagnostic) { listener?.warn(diagnostic) }

  /// Warns with a sentence that says everything.
  package static func warn(_ text: String) { warn(Diagnostic(text, hint: nil)) }

  /// Says something at once.
  package static func say(_ text: String) { listener?.say(text) }

  /// Shows how far long work has got; nil when it is done.
  package static func progress(_ text: String?) { listener?.progress(text) }

  /// Tells tests how far the command has got.
  package static func reached(_ step: String) { listener?.reached(step) }

  /// Says that the files of the command are written.
  package static func wrote() { listener?.wrote() }
}

extension Notices {
  /// Receives what operations say.
  package protocol Listener: Sendable {
    /// A warning, which is shown after the result, each once.
    func warn(_ diagnostic: Diagnostic)
    /// A message that is shown at once.
    func say(_ text: String)
    /// Replaces the line of progress; nil removes it.
    func progress(_ text: String?)
    /// A step that was reached; tests of a debug build stop there.
    func reached(_ step: String)
    /// The files are written: what fails from now on is no failure of the command.
    func wrote()
  }
}
