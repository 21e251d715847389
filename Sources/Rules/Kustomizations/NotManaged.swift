/// The controller takes over a live Secret only if the Secret is annotated for it.

internal import Manifests

func notManaged(_ context: KustomizationContext) -> [Finding] {
  // A name with a hash differs from the sealed Secret's name, so nothing is taken over.
  let entries = context.entriesToRemove.filter {
    $0.annotations["sealedsecrets.bitnami.com/managed"] != "true" && !$0.isHashed
  }
  guard context.isDeployed, let first = entries.first else { return [] }
  let names = entries.map { "'\($0.name)'" }.joined(separator: ", ")
  return [
    context.finding(
      "not-managed", .warning,
      "\(names) \(entries.count == 1 ? "lacks" : "lack") the annotation sealedsecrets.bitnami.com/managed: \"true\", without which the controller does not take over a live Secret",
      hint: "add it to options.annotations of the generator, and deploy that first",
      at: first.location)
  ]
}
