/// Commands of other programs that messages name, spelled once.

extension GitRepository {
  /// Completes the history of a shallow clone.
  package static let fetchHistory = "git fetch --unshallow"

  /// Shows the history of a file, under its earlier names too.
  package static func history(of file: String) -> String { "git log --follow -p \(file)" }
}

extension KustomizeBuilder {
  /// Builds with Helm charts inflated, which moltseal does not do.
  package static let commandWithCharts = "kubectl kustomize --enable-helm"
}
