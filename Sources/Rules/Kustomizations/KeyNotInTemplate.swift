/// A key that pods or the generator have, and the template does not, is missing in production.

internal import Manifests
internal import Text

func keyNotInTemplate(_ context: KustomizationContext) -> [Finding] {
  lackedByPods(context) + lackedByEntries(context) + gainedSince(context)
}

/// The keys that pods use, and no template of their Secret has.
private func lackedByPods(_ context: KustomizationContext) -> [Finding] {
  let generated = context.generatedKeys
  // A patch overrides a variable, so what it patches is not compared with it.
  var counts: [Name: Int] = [:]
  for (_, workload) in context.files.workloads {
    counts[Name("\(workload.kind)/\(workload.name)"), default: 0] += 1
  }
  var findings: [Finding] = []
  for (path, workload) in context.files.workloads
  where !context.isDeleted(workload.kind, workload.name) {
    for use in workload.uses where !use.isOptional {
      let isPatched = counts[Name("\(workload.kind)/\(workload.name)"), default: 0] > 1
      let targets = context.targets(named: use.secret).filter {
        context.kustomization.namespace != nil || workload.namespace == nil || $0.namespace == nil
          || workload.namespace === $0.namespace
      }
      guard !targets.isEmpty else { continue }
      guard let key = use.key, !targets.contains(where: { $0.keys.contains(Name(key)) }) else {
        continue
      }
      // A key that no generator makes was missing before as well.
      let isNew = generated[Name(use.secret)]?.contains(Name(key)) ?? false
      findings.append(
        context.finding(
          "key-not-in-template", isNew && !isPatched ? .error : .warning,
          "\(workload.kind) '\(workload.name)' uses the key '\(key)' of '\(use.secret)', which \(targets[0].template) does not have",
          hint: "add the key to the template, or fix the name here",
          at: Finding.Place(path, use.location)))
    }
  }
  return findings
}

/// The keys that the generator makes in development, and the template does not have.
private func lackedByEntries(_ context: KustomizationContext) -> [Finding] {
  context.entriesToRemove.compactMap { entry in
    guard let target = context.target(of: entry) else { return nil }
    let missing = context.keys(of: entry, in: context.path).filter {
      !target.keys.contains(Name($0))
    }
    guard !missing.isEmpty else { return nil }
    let names = missing.map(SecretName.quoted).joined(separator: ", ")
    return context.finding(
      "key-not-in-template", .warning,
      "'\(entry.name)' has \(names) here, which \(target.template) does not have",
      hint: "add the keys to the template, or remove here what production does not need",
      at: entry.location)
  }
}

extension KustomizationContext {
  /// The keys of the entries that are removed, by the name of their Secret.
  fileprivate var generatedKeys: [Name: Set<Name>] {
    var generated: [Name: Set<Name>] = [:]
    for entry in entriesToRemove {
      generated[Name(entry.name), default: []].formUnion(
        keys(of: entry, in: path).map { Name($0) })
    }
    return generated
  }
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
        !target.keys.contains(Name($0))
      }
      guard !missing.isEmpty else { return nil }
      let names = missing.map(SecretName.quoted).joined(separator: ", ")
      return context.finding(
        "key-not-in-template", .warning,
        "'\(entry.name)' has \(names) here, which \(target.template) does not have and this environment never gets",
        hint:
          "add the keys to the template, or make sure that no pod of this environment uses them",
        at: Finding.Place(base.path, entry.location))
    }
  }
}
