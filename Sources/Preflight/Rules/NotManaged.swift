/// The controller takes over a live Secret only where the Secret is annotated for it.

internal import Manifests

func notManaged(_ context: KustomizationContext) -> [Finding] {
  // A name with a hash is another one than the sealed Secret's: nothing is taken over then.
  let entries = context.entriesToRemove.filter {
    $0.annotations["sealedsecrets.bitnami.com/managed"] != "true" && !$0.isHashed
  }
  guard context.isDeployed, let first = entries.first else { return [] }
  let names = entries.map { "'\($0.name)'" }.joined(separator: ", ")
  return [
    context.finding(
      "not-managed", .warning,
      "\(names) \(entries.count == 1 ? "lacks" : "lack") the annotation sealedsecrets.bitnami.com/managed: \"true\", without which the controller does not take a live Secret over",
      hint: "add it to options.annotations of the generator, and let that reach the cluster first",
      at: first.location)
  ]
}
