/// Patches, replacements and vars that select the generated Secret select nothing afterwards.

internal import Manifests
internal import YAML

func secretStillReferenced(_ context: KustomizationContext) -> [Finding] {
  let names = Set(context.entriesToRemove.map(\.name))
  var findings: [Finding] = []
  func report(_ field: String, _ selector: Node?) {
    guard let selector, selector["kind"]?.scalar == "Secret",
      let name = selector["name"]?.scalar ?? selector.at("metadata", "name")?.scalar,
      names.contains(name)
    else { return }
    findings.append(
      context.finding(
        "secret-still-referenced", .error,
        "\(field) selects the Secret '\(name)', which will not be here any more",
        hint: "take this entry out, or let it select what the SealedSecret's template can carry",
        at: selector.location))
  }
  for item in context.kustomization.value("replacements")?.items ?? [] {
    report("replacements", item["source"])
    for target in item["targets"]?.items ?? [] { report("replacements", target["select"]) }
  }
  for item in context.kustomization.value("vars")?.items ?? [] { report("vars", item["objref"]) }
  for field in ["patches", "patchesJson6902"] {
    for item in context.kustomization.value(field)?.items ?? [] { report(field, item["target"]) }
  }
  for (path, object) in context.patched where object.kind == "Secret" && names.contains(object.name)
  {
    findings.append(
      context.finding(
        "secret-still-referenced", .error,
        "this patch changes the Secret '\(object.name)', which will not be here any more",
        hint: "take the patch out; what it adds can stand in the template", at: object.location,
        in: path))
  }
  return findings
}
