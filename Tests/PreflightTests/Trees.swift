/// Builds and kustomizations in memory.

import Kubernetes
import Manifests
import Preflight
import Testing
import Text
import Workspace
import YAML

/// A build of objects, each a text.
func build(_ texts: [String]) throws -> Build {
  Build(
    try texts.compactMap { text in
      var text = text
      return try text.withUTF8 {
        try BuiltObject(UnsafeRawBufferPointer($0)) { bytes in Array(bytes) }
      }
    })
}

func source(_ text: String) throws -> SourceText { try SourceText(Array(text.utf8)) }

func node(_ text: String) throws -> Node {
  let document = try #require(try parseYAML(source(text)).first)
  return try #require(document.root)
}

func resource(_ text: String) throws -> ResourceObject {
  let node = try node(text)
  return try #require(ResourceObject(node))
}

func sealedTarget(
  _ name: String, namespace: String? = "demo", keys: [String] = ["a"], isRole: Bool = false
) -> SealedTarget {
  SealedTarget(
    name: name, namespace: namespace, type: "Opaque", scope: .strict, keys: keys,
    template: "t.yml", isRole: isRole)
}

/// A kustomization in `k`, with what it includes.
func kustomized(
  _ text: String, _ targets: [SealedTarget], keeping kept: [String] = [],
  files: KustomizationFiles = KustomizationFiles()
) throws -> KustomizationContext {
  let workspace = try Workspace(
    source(
      """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      environments:
        prod: {kustomization: k/kustomization.yaml, output: k/out, keepGenerators: \(kept)}
      """))
  return KustomizationContext(
    target: workspace.environments[0].targets[0], path: "k/kustomization.yaml",
    kustomization: try Kustomization(source(text)), files: files, targets: targets,
    isDeployed: true)
}
