/// The controller takes over a live Secret only where the Secret is annotated for it.

internal import Manifests

func notManaged(_ context: KustomizationContext) -> [Finding] {
  context.entriesToRemove.filter {
    $0.annotations["sealedsecrets.bitnami.com/managed"] != "true"
  }.map { entry in
    context.finding(
      "not-managed", .warning,
      "'\(entry.name)' lacks the annotation sealedsecrets.bitnami.com/managed: \"true\"",
      hint:
        "where this Secret is live, annotate it before the sync, or the controller gives up on it",
      at: entry.location)
  }
}
