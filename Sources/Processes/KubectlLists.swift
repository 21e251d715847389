/// Reads many objects with few starts of kubectl, because a start costs more than an answer.

internal import Text

extension Kubectl {
  /// The result of a request for several things: answers for some of them, failures for others.
  package struct Partial: Sendable {
    package let output: [UInt8]
    /// Empty if everything was answered.
    package let failures: [Failure]
  }

  /// Asks the server which kinds it lists: `PLURAL.GROUP`, one per line.
  ///
  /// - Throws: `Fault` or `Subprocess.Fault`.
  package func resources() throws -> Partial {
    try ask(["api-resources", "--verbs=list", "--output=name"], limit: Kubectl.limit)
  }

  /// Lists the objects of some kinds in a namespace, with `metadata.managedFields`.
  ///
  /// - Parameter resources: `PLURAL.GROUP` each; if the server does not have one of them, all fail.
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

  /// Reads part of the metadata of some Secrets, and the metadata and data of some ConfigMaps.
  ///
  /// The values of Secrets never reach this process, nor does the copy of them that `kubectl apply`
  /// keeps in an annotation.
  ///
  /// Each line has the following fields, separated by tabs: the kind, `name`, `uid`,
  /// `resourceVersion`, `creationTimestamp`, `deletionTimestamp`, `managedFields` as JSON, and each
  /// of `annotations`. A ConfigMap has a second line with its name and `data` as JSON. Objects that
  /// do not exist are left out.
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
    // kubectl makes no list of a single object.
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

  /// Reads the namespace kube-system and some nodes as one list; what does not exist is left out.
  package func clusterObjects(nodes: [String]) throws -> Partial {
    for text in nodes { try Kubectl.check(name: text) }
    return try ask(
      ["get", "--ignore-not-found", "--output=json", "--", "namespace/kube-system"]
        + nodes.map { "node/\($0)" }, limit: 64 << 20)
  }

  /// Reads the server's address and certificate authority, one per line, from the kubeconfig; no
  /// server is asked.
  package func server() throws -> [UInt8] {
    let cluster = "{.clusters[0].cluster"
    return try run(
      [
        "config", "view", "--minify", "--raw", "--flatten",
        "--output=jsonpath=\(cluster).server}{\"\\n\"}\(cluster).certificate-authority-data}{\"\\n\"}\(cluster).certificate-authority}",
      ], input: nil)
  }
}
