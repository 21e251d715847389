/// A key that pods or the generator have, and the template does not, is missing in production.

internal import Manifests
internal import Text

func keyNotInTemplate(_ context: KustomizationContext) -> [Finding] {
  var generated: [ByBytes: Set<ByBytes>] = [:]
  for entry in context.entriesToRemove {
    generated[ByBytes(entry.name), default: []].formUnion(
      context.keys(of: entry, in: context.path).map(ByBytes.init))
  }
  // A patch overrides a variable, so what it patches is not compared with it.
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
      // A key that no generator makes was missing before as well.
      let isNew = generated[ByBytes(use.secret)]?.contains(ByBytes(key)) ?? false
      findings.append(
        context.finding(
          "key-not-in-template", isNew && !isPatched ? .error : .warning,
          "\(workload.kind) '\(workload.name)' uses the key '\(key)' of '\(use.secret)', which \(targets[0].template) does not have",
          hint: "add the key to the template, or fix the name here", at: use.location, in: path))
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
        "'\(entry.name)' has \(names) here, which \(target.template) does not have",
        hint: "add the keys to the template, or remove here what production does not need",
        at: entry.location))
  }
  return findings + gainedSince(context)
}

/// The keys that a base's generator gained after the cutover removed its Secret here.
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
        "'\(entry.name)' has \(names) here, which \(target.template) does not have and this environment never gets",
        hint:
          "add the keys to the template, or make sure that no pod of this environment uses them",
        at: entry.location, in: base.path)
    }
  }
}
