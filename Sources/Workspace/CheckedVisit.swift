/// A tree walk that stops at the first error.

internal import YAML

extension Node {
  /// `visit` with a typed error.
  func visitChecked(_ body: (Node) throws(YAMLError) -> Void) throws(YAMLError) {
    try body(self)
    for item in items ?? [] { try item.visitChecked(body) }
    for entry in entries ?? [] {
      try entry.key.visitChecked(body)
      try entry.value.visitChecked(body)
    }
  }
}
