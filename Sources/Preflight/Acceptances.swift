/// The findings of an environment that somebody lets be, and those that nobody may.

internal import Text
package import Workspace

extension Finding {
  /// The code of what a run refuses although `check` alone calls it an error.
  private static let upgraded = "plain-secret"

  /// Whether no word of a workspace can let it be: `rotate` refuses on it.
  package var isRefusal: Bool { severity == .error && code != Finding.upgraded }

  /// The entry that lets it be; nil where there is none.
  package func acceptance(among accepted: [Acceptance]) -> Acceptance? {
    guard !isRefusal else { return nil }
    return accepted.first { $0.code == code && ($0.file ?? file) === file }
  }
}
