/// Finds the Secrets that sealed ones replace, and what names them.

internal import Manifests
internal import Text
package import YAML

extension KustomizationContext {
  /// Finds what the sealed Secrets replace.
  func findDisplacement() -> Displacement {
    let removed = Set(entriesToRemove.map { Name($0.name) })
    var patched: [Displacement.Brought] = []
    for base in files.bases {
      for entry in base.kustomization.generators where displaces(entry, of: base) {
        let secret = Displacement.Brought(
          name: base.builtName(entry.name), namespace: base.namespace ?? entry.namespace,
          path: base.path, ownName: entry.name,
          labels: entry.labels.map { (key: $0, value: $1) }.sortedByKey())
        // An entry that merges into another one makes no Secret of its own.
        if patched.contains(where: { $0.namespacedName == secret.namespacedName }) { continue }
        patched.append(secret)
      }
    }
    let (resources, whole, others) = displacedObjects
    patched += others
    let gone = removed.union((patched + whole).flatMap { [Name($0.name), Name($0.ownName)] })
    return Displacement(
      patched: patched, resources: resources, whole: whole, patches: patchesOf(gone),
      sources: sourcesOf(gone))
  }

  /// What the cutover removes: Secrets, and files of Secrets, with the location of each own entry.
  package var replaced: [(name: String, location: Location?)] {
    entriesToRemove.map { ($0.name, $0.location) }
      + displacement.brought.map { ($0.name, nil) }
      + displacement.files.map { ($0, nil) }
  }

  /// Whether a sealed Secret replaces that of a base's entry.
  func displaces(_ entry: GeneratorEntry, of base: KustomizationFiles.Base) -> Bool {
    let name = base.builtName(entry.name)
    return !keepGenerators.includes(entry.name) && !keepGenerators.includes(name)
      && !targets(named: name).isEmpty
      && !isDeleted(entry, of: base)
  }

  /// Whether a sealed Secret replaces a Secret of a resource.
  func displaces(_ object: ResourceObject) -> Bool {
    object.kind == "Secret" && !keepGenerators.includes(object.name)
      && !isDeleted("Secret", object.name, namespace: object.namespace)
      && targets(named: object.name).contains {
        kustomization.namespace != nil || object.namespace == nil || $0.namespace == nil
          || $0.namespace === object.namespace
      }
  }

  /// The own resources in which every object is replaced, and the replaced objects of other files.
  private var displacedObjects:
    (resources: [String], whole: [Displacement.Brought], patched: [Displacement.Brought])
  {
    var resources: [String] = []
    var whole: [Displacement.Brought] = []
    var patched: [Displacement.Brought] = []
    let byFile = Dictionary(grouping: files.objects) { Name($0.path) }
    for (path, objects) in byFile.sorted(by: { $0.key.text < $1.key.text }) {
      let going = objects.filter { displaces($0.object) }
      guard !going.isEmpty else { continue }
      let brought = going.map {
        Displacement.Brought(
          name: $0.object.name, namespace: $0.object.namespace, path: $0.path,
          ownName: $0.object.ownName, labels: [])
      }
      if going.count == files.objectCounts[path], let resource = files.ownResources[path] {
        resources.append(resource)
        whole += brought
      } else {
        patched += brought
      }
    }
    return (resources, whole, patched)
  }

  /// The patches of this kustomization that change only removed Secrets.
  private func patchesOf(_ gone: Set<Name>) -> [(field: String, places: [Int])] {
    ["patches", "patchesStrategicMerge", "patchesJson6902"].compactMap { field in
      let count = kustomization.value(field)?.items?.count ?? 0
      let places = (0..<count).filter { place in
        guard let objects = files.ownPatches["\(field):\(place)"], !objects.isEmpty else {
          return false
        }
        return objects.allSatisfy { $0.kind == "Secret" && gone.contains(Name($0.name)) }
      }
      return places.isEmpty ? nil : (field, places)
    }
  }

  /// The replacements of this kustomization that copy the name of a removed Secret.
  private func sourcesOf(_ gone: Set<Name>) -> [Int] {
    (kustomization.value("replacements")?.items ?? []).enumerated().filter { _, entry in
      let source = entry["source"]
      let path = source?["fieldPath"]?.scalar ?? "metadata.name"
      return source?["kind"]?.scalar == "Secret" && source?["group"] == nil
        && ["metadata.name", "metadata.namespace"].contains(path)
        && gone.contains(Name(source?["name"]?.scalar ?? ""))
    }.map(\.offset)
  }
}
