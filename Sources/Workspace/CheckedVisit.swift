/// A walk over a tree that ends with the first fault.

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
