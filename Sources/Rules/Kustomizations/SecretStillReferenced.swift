/// Patches, replacements and vars that select the generated Secret, which a cutover removes.

internal import Manifests
internal import Text
internal import YAML

func secretStillReferenced(_ context: KustomizationContext) -> [Finding] {
  let displacement = context.displacement
  let names = Set(
    (context.entriesToRemove.map(\.name) + displacement.brought.map(\.name)).map { Name($0) })
  guard !names.isEmpty else { return [] }
  let going = displacement.going(in: context)
  return context.changing.flatMap { path, kustomization in
    selectors(of: kustomization).filter { _, selector in
      !going.selectors.contains { $0 == selector.location } || path !== context.path
    }.compactMap { finding($0, $1, names, path, context) }
  }
    + context.files.replacements.flatMap { path, entry in
      selectors(of: entry).compactMap { finding("replacements", $0, names, path, context) }
    }
    + (context.files.patched + context.deletedHere).filter {
      let (object, name) = ($0.object, $0.object.name)
      return object.kind == "Secret" && names.contains(Name(name))
        && !going.patches.contains { $0.location == object.location && $0.name === name }
    }.map { path, object in
      context.finding(
        "secret-still-referenced", .error,
        "this patch changes the Secret '\(object.name)', which will no longer be here",
        hint: "remove the patch, and put what it adds into the template",
        at: Finding.Place(path, object.location))
    }
}

extension KustomizationContext {
  /// The objects that patches delete although no base can have made them.
  fileprivate var deletedHere: [(path: String, object: ResourceObject)] {
    guard files.unread.isEmpty else { return [] }
    let ofBases = Set(files.bases.flatMap(\.kustomization.generators).map { Name($0.name) })
    return files.deleted.filter { !ofBases.contains(Name($0.object.name)) }
  }
}

/// What each field of a kustomization selects.
private func selectors(of kustomization: Kustomization) -> [(field: String, selector: Node)] {
  var found: [(field: String, selector: Node)] = []
  for entry in kustomization.value("replacements")?.items ?? [] {
    found += selectors(of: entry).map { ("replacements", $0) }
  }
  for entry in kustomization.value("vars")?.items ?? [] {
    if let selector = entry["objref"] { found.append(("vars", selector)) }
  }
  for field in ["patches", "patchesJson6902"] {
    for entry in kustomization.value(field)?.items ?? [] {
      if let selector = entry["target"] { found.append((field, selector)) }
    }
  }
  return found
}

private func selectors(of replacement: Node) -> [Node] {
  let targets = (replacement["targets"]?.items ?? []).compactMap { $0["select"] }
  return [replacement["source"]].compactMap { $0 } + targets
}

/// A selector without a kind selects any kind; one with a pattern may have selected the Secret.
private func finding(
  _ field: String, _ selector: Node, _ names: Set<Name>, _ path: String,
  _ context: KustomizationContext
) -> Finding? {
  let kind = selector["kind"]?.scalar
  guard kind == "Secret" || kind == nil else { return nil }
  let name = selector["name"]?.scalar
  if let name, names.contains(Name(name)) {
    return context.finding(
      "secret-still-referenced", .error,
      "\(field) selects the Secret '\(name)', which will no longer be here",
      hint: "remove this entry, or let it select what the SealedSecret's template contains",
      at: Finding.Place(path, selector.location))
  }
  let isPattern = name.map { $0.contains { ".*+?[(|^$".contains($0) } } ?? true
  guard kind == "Secret", isPattern else { return nil }
  return context.finding(
    "secret-maybe-referenced", .warning,
    "\(field) selects Secrets by a pattern, which will not match those that become SealedSecrets",
    hint: "put what it adds to them into their templates",
    at: Finding.Place(path, selector.location))
}
