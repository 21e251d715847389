/// A key that pods or the generator have, and the template has not, is missing in production.

internal import Manifests
internal import Text

func keyNotInTemplate(_ context: KustomizationContext) -> [Finding] {
  var generated: [ByBytes: Set<ByBytes>] = [:]
  for entry in context.entriesToRemove {
    generated[ByBytes(entry.name), default: []].formUnion(
      context.keys(of: entry, in: context.path).map(ByBytes.init))
  }
  // What a patch says of a variable wins, and is not weighed against what it patches.
  var counts: [ByBytes: Int] = [:]
  for (_, workload) in context.files.workloads {
    counts[ByBytes("\(workload.kind)/\(workload.name)"), default: 0] += 1
  }
  var findings: [Finding] = []
  for (path, workload) in context.files.workloads
  where !context.isDeleted(workload.kind, workload.name) {
    for use in workload.uses where !use.isOptional {
      let isPatched = counts[ByBytes("\(workload.kind)/\(workload.name)"), default: 0] > 1
      let targets = context.targets(named: use.secret).filter {
        context.kustomization.namespace != nil || workload.namespace == nil || $0.namespace == nil
          || workload.namespace === $0.namespace
      }
      guard !targets.isEmpty else { continue }
      guard let key = use.key, !targets.contains(where: { $0.keys.contains(ByBytes(key)) }) else {
        continue
      }
      // What no generator makes was missing before as well.
      let isNew = generated[ByBytes(use.secret)]?.contains(ByBytes(key)) ?? false
      findings.append(
        context.finding(
          "key-not-in-template", isNew && !isPatched ? .error : .warning,
          "\(workload.kind) '\(workload.name)' uses the key '\(key)' of '\(use.secret)', which \(targets[0].template) has not",
          hint: "give the template this key, or correct the name here", at: use.location, in: path))
    }
  }
  for entry in context.entriesToRemove {
    guard let target = context.target(of: entry) else { continue }
    let missing = context.keys(of: entry, in: context.path).filter {
      !target.keys.contains(ByBytes($0))
    }
    guard !missing.isEmpty else { continue }
    let names = missing.map(SecretName.quoted).joined(separator: ", ")
    findings.append(
      context.finding(
        "key-not-in-template", .warning,
        "'\(entry.name)' has \(names) here, which \(target.template) has not",
        hint: "give the template the same keys; what production does not need goes from here",
        at: entry.location))
  }
  return findings + gainedSince(context)
}

/// The keys that a base's generator has gained since the cutover took its Secret out here.
private func gainedSince(_ context: KustomizationContext) -> [Finding] {
  context.files.bases.flatMap { base in
    base.kustomization.generators.compactMap { entry -> Finding? in
      let name = base.builtName(entry.name)
      guard context.isDeleted(entry, of: base),
        let target = context.targets(named: name).first
      else { return nil }
      let missing = context.keys(of: entry, in: base.path).filter {
        !target.keys.contains(ByBytes($0))
      }
      guard !missing.isEmpty else { return nil }
      let names = missing.map(SecretName.quoted).joined(separator: ", ")
      return context.finding(
        "key-not-in-template", .warning,
        "'\(entry.name)' has \(names) here, which \(target.template) has not, and which this environment never gets",
        hint: "give the template the same keys; what it does not need, its pods must not ask for",
        at: entry.location, in: base.path)
    }
  }
}
