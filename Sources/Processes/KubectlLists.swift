/// Many objects in few starts of kubectl: a start costs more than an answer.

internal import Text

extension Kubectl {
  /// What a request for several things gave: an answer for some of them, and failures for others.
  package struct Partial: Sendable {
    package let output: [UInt8]
    /// Empty where all of it was answered.
    package let failures: [Failure]
  }

  /// The kinds that the server has and lists, `PLURAL.GROUP` on a line each, as it says now.
  ///
  /// - Throws: `Fault` or `Subprocess.Fault`.
  package func resources() throws -> Partial {
    try ask(["api-resources", "--verbs=list", "--output=name"], limit: Kubectl.limit)
  }

  /// The objects of some kinds in a namespace, as one list with `metadata.managedFields`.
  ///
  /// - Parameter resources: `PLURAL.GROUP` each; one that the server does not have fails them all.
  package func list(
    _ resources: [String], namespace: String, limit: Int
  ) throws -> Partial {
    for text in resources + [namespace] { try Kubectl.check(name: text) }
    return try ask(
      [
        "get", "--namespace=\(namespace)", "--show-managed-fields", "--output=json", "--",
        resources.joined(separator: ","),
      ], limit: limit)
  }

  /// Of some Secrets a part of their metadata, and of some ConfigMaps their data as well: the values of
  /// Secrets never come to this process, nor the copy of them that `kubectl apply` keeps in an annotation.
  ///
  /// On a line each, with tabs between them: the kind, `name`, `uid`, `resourceVersion`,
  /// `creationTimestamp`, `deletionTimestamp`, `managedFields` as JSON, and each of `annotations`; for a
  /// ConfigMap a second line with its name and `data` as JSON. What is not there is left out.
  package func metadata(
    secrets: [String], configMaps: [String], annotations: [String], namespace: String
  ) throws -> Partial {
    for text in secrets + configMaps + [namespace] { try Kubectl.check(name: text) }
    let objects = secrets.map { "secret/\($0)" } + configMaps.map { "configmap/\($0)" }
    let fields =
      ["name", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "managedFields"]
      + annotations.map {
        "annotations.\($0.pieces(between: ".").joined(separator: "\\."))"
      }
    let own =
      "{.kind}" + fields.map { #"{"\t"}{.metadata.\#($0)}"# }.joined() + #"{"\n"}"#
    let data = #"{.metadata.name}{"\t"}{.data}{"\n"}"#
    // Of one object kubectl makes no list.
    let template =
      objects.count > 1
      ? #"{range .items[*]}\#(own){end}{range .items[?(@.kind=="ConfigMap")]}\#(data){end}"#
      : own + (secrets.isEmpty ? data : "")
    return try ask(
      [
        "get", "--namespace=\(namespace)", "--ignore-not-found", "--output=jsonpath=\(template)",
        "--",
      ] + objects, limit: Kubectl.limit)
  }

  /// The namespace kube-system and some nodes, as one list; what is not there is left out.
  package func clusterObjects(nodes: [String]) throws -> Partial {
    for text in nodes { try Kubectl.check(name: text) }
    return try ask(
      ["get", "--ignore-not-found", "--output=json", "--", "namespace/kube-system"]
        + nodes.map { "node/\($0)" }, limit: 64 << 20)
  }

  /// The address of the server, and what its certificate authority is, a line each, as the kubeconfig
  /// has them; no server is asked.
  package func server() throws -> [UInt8] {
    let cluster = "{.clusters[0].cluster"
    return try run(
      [
        "config", "view", "--minify", "--raw", "--flatten",
        "--output=jsonpath=\(cluster).server}{\"\\n\"}\(cluster).certificate-authority-data}{\"\\n\"}\(cluster).certificate-authority}",
      ], input: nil)
  }
}
