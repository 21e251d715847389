/// What a kustomization does to objects: patches, generators, transformers and replacements.

internal import Manifests
internal import Rules
internal import YAML

extension KustomizationTree {
  /// An entry of one of the fields for patches.
  private struct Patch {
    /// The field and the index in it, as `patches:0`.
    let place: String
    /// The patch itself, or what names its file; nil for one that names no object.
    let text: Node?
    let form: Form
    /// What it is applied to, where the entry says so.
    let target: Node?

    enum Form { case inline, named }
  }

  /// The entries of a kustomization's fields for patches.
  private func patches(_ visit: Visit) -> [Patch] {
    visit.list("patches").enumerated().map {
      Patch(
        place: "patches:\($0)", text: $1["patch"] ?? $1["path"],
        form: $1["patch"] != nil ? .inline : .named, target: $1["target"])
    }
      + visit.list("patchesStrategicMerge").enumerated().map {
        Patch(place: "patchesStrategicMerge:\($0)", text: $1, form: .named, target: nil)
      }
      + visit.list("patchesJson6902").enumerated().map {
        Patch(place: "patchesJson6902:\($0)", text: nil, form: .named, target: $1["target"])
      }
  }

  /// Collects strategic-merge patches: what they name, what they delete, and the Secrets that they
  /// give to pods.
  mutating func collectPatches(_ visit: Visit) throws {
    for patch in patches(visit) {
      if visit.reach == .root, let object = patch.target.flatMap({ ResourceObject(target: $0) }) {
        files.ownPatches[patch.place] = [object]
      }
      guard let text = patch.text else { continue }
      let sources: [(path: String, source: SourceText)]
      switch patch.form {
      // The text under `patch` is one patch, on however many lines.
      case .inline:
        let source = try? SourceText(Array((text.scalar ?? "").utf8))
        sources = source.map { [(path: visit.path, source: $0)] } ?? []
      case .named: sources = try texts(text, visit.path)
      }
      for (file, source) in sources {
        // A JSON 6902 patch is a list and names no object; neither does a text that is not YAML.
        for root in (try? ResourceObject.roots(of: source)) ?? [] {
          collect(root, of: patch, in: file, visit.reach)
        }
      }
    }
  }

  /// Collects one document of a patch.
  private mutating func collect(
    _ root: Node, of patch: Patch, in file: String, _ reach: Reach
  ) {
    if root["$patch"]?.scalar == "delete" {
      let object = patch.target.flatMap { ResourceObject(target: $0) } ?? ResourceObject(root)
      if reach.acts, let object { files.deleted.append((file, object)) }
      return
    }
    if let workload = Workload(root) { files.workloads.append((file, workload)) }
    guard reach.acts, let object = ResourceObject(root) else { return }
    files.patched.append((file, object))
    if reach == .root, patch.target == nil {
      files.ownPatches[patch.place, default: []].append(object)
    }
  }

  /// Collects generators at any depth, and the transformers and replacements that act here, in
  /// files or inline.
  mutating func collectActions(_ visit: Visit) throws {
    for field in visit.reach.acts ? ["generators", "transformers"] : ["generators"] {
      for value in visit.list(field) {
        for (file, source) in try texts(value, visit.path) {
          let roots = (try? ResourceObject.roots(of: source)) ?? []
          files.plugins += roots.compactMap { ResourceObject($0) }.map { (file, $0) }
        }
      }
    }
    for item in visit.list("replacements") {
      guard let value = item["path"] else { continue }
      for (file, source) in try texts(value, visit.path) where visit.reach.acts {
        guard let root = try? parseYAML(source).first?.root else { continue }
        files.replacements += (root.items ?? [root]).map { (file, $0) }
      }
    }
  }
}
