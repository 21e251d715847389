/// Builds and kustomizations in memory.

import Kubernetes
import Manifests
import Rules
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
  _ name: String, namespace: String? = "demo", keys: [String] = ["a"]
) throws -> SealedTarget {
  let place = namespace.map { ", namespace: \($0)" } ?? ""
  let items = keys.map { "\($0): x" }.joined(separator: ", ")
  let template = try Template(
    path: "t.yml",
    source(
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: \(name)\(place)}
      stringData: {\(items)}
      """), names: [String]())
  return SealedTarget(template.secrets[0], of: template, scope: .strict)
}

/// The Secret of the role `a` of two, which has `-a` after the name of its template's Secret.
func sealedRole(_ name: String) throws -> SealedTarget {
  let workspace = try Workspace(
    source(
      """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials:
        db: {generate: {kind: hex, bytes: 32}, roles: {a: db_a, b: db_b}}
      environments:
        prod: {kustomization: k/kustomization.yaml, output: k/out}
      """))
  let template = try Template(
    path: "t.yml",
    source(
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: \(name), namespace: demo}
      stringData: {a: '${db}'}
      """), credentials: workspace.groups)
  return SealedTarget(template.secrets[0], of: template, scope: .strict)
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
    of: workspace.environments[0].targets[0], in: workspace.environments[0],
    try Kustomization(source(text)), files, targets: targets)
}
