/// Which findings an environment accepts.

internal import Text
package import Workspace

extension Finding {
  /// The code that `check` raises to an error although a run only warns about it.
  private static let upgraded = "plain-secret"

  /// Whether `rotate` refuses because of it, so that `accept` cannot silence it.
  var isRefusal: Bool { severity == .error && code != Finding.upgraded }

  /// The `accept` entry that covers it; nil if there is none.
  package func acceptance(among accepted: [Acceptance]) -> Acceptance? {
    guard !isRefusal else { return nil }
    return accepted.first { $0.code == code && ($0.file ?? file) === file }
  }
}
