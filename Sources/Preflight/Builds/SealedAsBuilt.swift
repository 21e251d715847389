/// Whether SealedSecrets come out of a build as they were sealed.

internal import Manifests
internal import Text
internal import YAML

/// The SealedSecrets that are written, to be compared with those that are built.
///
/// A patch or a replacement can change a ciphertext, or what the controller makes of it, and the controller then
/// opens something else or nothing. Labels and annotations may be added.
package struct SealedAsBuilt: Sendable {
  private struct Written {
    let namespace: String?
    let spec: [ByBytes: String]
  }

  private var written: [ByBytes: [Written]] = [:]

  /// - Parameter texts: of sealed files; what is none, or cannot be read, is passed by.
  package init(_ texts: [[UInt8]] = []) {
    let roots = texts.flatMap { bytes -> [Node] in
      (try? parseYAML(try SourceText(bytes)))?.compactMap(\.root) ?? []
    }
    for root in roots where root["kind"]?.scalar == "SealedSecret" {
      let metadata = root["metadata"]
      let name =
        metadata?["annotations"]?[SealedSecretDocument.sealedAs]?.scalar ?? metadata?["name"]?
        .scalar ?? ""
      written[ByBytes(name), default: []].append(
        Written(namespace: metadata?["namespace"]?.scalar, spec: Self.scalars(of: root["spec"])))
    }
  }

  /// A finding for each SealedSecret of a build that is none of those of its name that were written.
  func findings(in build: Build, path: String) -> [Finding] {
    build.sealedSecrets.compactMap { object in
      let found = (written[ByBytes(object.identity.name)] ?? []).filter {
        $0.namespace == nil || object.identity.namespace == nil
          || $0.namespace === object.identity.namespace
      }
      let spec = Self.scalars(of: object.root["spec"])
      guard !found.isEmpty, !found.contains(where: { $0.spec == spec }) else { return nil }
      let keys = Set(spec.keys).union(found[0].spec.keys).filter { found[0].spec[$0] !== spec[$0] }
      let place = keys.map(\.text).sorted().first ?? "spec"
      return Finding(
        code: "sealed-changed", severity: .error,
        message: "\(object.identity.words) is built with another \(place) than was sealed",
        hint:
          "take the patch or the replacement out that changes it; a value has its place in the template",
        file: path, location: nil)
    }
  }

  /// The scalars of a spec by their paths, but for what may be added or follows the name.
  private static func scalars(of spec: Node?) -> [ByBytes: String] {
    var found: [ByBytes: String] = [:]
    func collect(_ node: Node, _ path: String) {
      if ["spec.template.metadata.labels", "spec.template.metadata.annotations"].contains(path) {
        return
      }
      for entry in node.entries ?? [] {
        collect(entry.value, "\(path).\(entry.key.scalar ?? "")")
      }
      for (index, item) in (node.items ?? []).enumerated() { collect(item, "\(path).\(index)") }
      if let text = node.scalar, !node.isNull { found[ByBytes(path)] = text }
    }
    if let spec { collect(spec, "spec") }
    return found
  }
}
