/// Kubernetes never changes a Secret's type, so a takeover with another type fails for good.

internal import Manifests

func typeWouldChange(_ context: KustomizationContext) -> [Finding] {
  context.entriesToRemove.compactMap { entry in
    guard let target = context.target(of: entry), target.type != entry.type else { return nil }
    return context.finding(
      "type-would-change", .warning,
      "'\(entry.name)' has the type \(entry.type) here and \(target.type) in its template",
      hint: "if the Secret is live, delete it before the sync, because its type cannot be changed",
      at: entry.location)
  }
}
