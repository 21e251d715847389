/// Whether SealedSecrets come out of a build as they were sealed.

internal import Manifests
internal import Text
internal import YAML

/// The SealedSecrets of files, to be compared with those of a build.
///
/// A patch or a replacement can change a ciphertext or the template around it, and the controller
/// then opens something else or nothing. Labels and annotations may be added.
package struct SealedAsBuilt: Sendable {
  private struct Written {
    let namespace: String?
    let spec: [Name: String]
  }

  private var written: [Name: [Written]] = [:]

  /// - Parameter texts: sealed files; anything else, and what cannot be read, is skipped.
  package init(_ texts: [[UInt8]] = []) {
    let roots = texts.flatMap { bytes -> [Node] in
      (try? parseYAML(try SourceText(bytes)))?.compactMap(\.root) ?? []
    }
    for root in roots where root["kind"]?.scalar == "SealedSecret" {
      let metadata = root["metadata"]
      let name =
        metadata?["annotations"]?[SealedSecretDocument.sealedAs]?.scalar ?? metadata?["name"]?
        .scalar ?? ""
      written[Name(name), default: []].append(
        Written(namespace: metadata?["namespace"]?.scalar, spec: Self.scalars(of: root["spec"])))
    }
  }

  /// A finding for each built SealedSecret that equals none of those written under its name.
  func findings(in build: Build, path: String) -> [Finding] {
    build.sealedSecrets.compactMap { object in
      let found = (written[Name(object.identity.name)] ?? []).filter {
        $0.namespace == nil || object.identity.namespace == nil
          || $0.namespace === object.identity.namespace
      }
      let spec = Self.scalars(of: object.root["spec"])
      guard !found.isEmpty, !found.contains(where: { $0.spec == spec }) else { return nil }
      let keys = Set(spec.keys).union(found[0].spec.keys).filter { found[0].spec[$0] !== spec[$0] }
      let place = keys.map(\.text).sorted().first ?? "spec"
      return Finding(
        code: "sealed-changed", severity: .error,
        message: "\(object.identity.words) is built with a different \(place) than was sealed",
        hint:
          "remove the patch or replacement that changes it, and put the value into the template",
        file: path, location: nil)
    }
  }

  /// The scalars of a spec by path, except the labels and annotations of its template.
  private static func scalars(of spec: Node?) -> [Name: String] {
    var found: [Name: String] = [:]
    func collect(_ node: Node, _ path: String) {
      if ["spec.template.metadata.labels", "spec.template.metadata.annotations"].contains(path) {
        return
      }
      for entry in node.entries ?? [] {
        collect(entry.value, "\(path).\(entry.key.scalar ?? "")")
      }
      for (index, item) in (node.items ?? []).enumerated() { collect(item, "\(path).\(index)") }
      if let text = node.scalar, !node.isNull { found[Name(path)] = text }
    }
    if let spec { collect(spec, "spec") }
    return found
  }
}
