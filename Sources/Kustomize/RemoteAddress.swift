/// Which texts kustomize, or the git that it starts, would take for an address.

internal import Text

package enum RemoteAddress {
  /// Whether kustomize fetches or clones what a text names, instead of reading a file.
  ///
  /// Covers every form that `git.NewRepoSpecFromURL` or `loader.IsRemoteFile` accepts (kustomize
  /// `api/internal`), and those that older versions accepted.
  package static func isAddress(_ text: String) -> Bool {
    let lower = asciiLowercased(text)
    if begins(lower) || lower.holds("://") { return true }
    // `user@host:path` and `user@host/path`.
    guard let (user, rest) = lower.place(of: "@"), !user.isEmpty,
      user.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == 45 })
    else { return false }
    return rest.holds(":") || rest.holds("/")
  }

  /// Whether a text that may be inline, and may contain addresses, begins with an address.
  package static func begins(_ text: String) -> Bool {
    let lower = asciiLowercased(text)
    let beginnings = [
      "git::", "gh:", "github.com/", "github.com:", "http:", "https:", "ssh:", "file:",
    ]
    return beginnings.contains { lower.begins(with: $0) }
      || lower.place(of: "://").map { scheme, _ in
        !scheme.isEmpty && scheme.utf8.allSatisfy { isLetterOrDigit($0) || "+.-".utf8.contains($0) }
      } ?? false
      || lower.place(of: "@").map { user, rest in
        !user.isEmpty && user.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 45 }
          && rest.utf8.first != UInt8(ascii: " ")
          && (rest.holds(":") || rest.holds("/"))
      } ?? false
  }

  /// Whether it names a local file by its absolute path.
  package static func isLocal(_ text: String) -> Bool {
    let lower = asciiLowercased(text)
    return lower.begins(with: "file:") || lower.begins(with: "git::file:")
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte)
  }
}
