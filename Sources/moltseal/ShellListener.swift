/// What operations say, as the shell shows it; in a debug build also where tests stop it.

internal import Reporting
internal import SecretIO

struct ShellListener: Notices.Listener {
  func warn(_ diagnostic: Diagnostic) { Terminal.warning(diagnostic) }
  func say(_ text: String) { Terminal.message(text) }
  func progress(_ text: String?) { Terminal.progress(text) }
  func wrote() { Terminal.statusWithoutOutput = 0 }

  func reached(_ step: String) { TestHooks.reached(step) { Terminal.step($0) } }
}
