/// The name and scope that a ciphertext is bound to, or may have been bound to by mistake.

internal import Kubernetes
package import Manifests
internal import Unsealing
internal import YAML

extension SealedSecretDocument {
  /// The label that its items are bound to.
  var label: [UInt8] { scope.label(of: sealedFor) }

  /// Its namespace and name, for messages.
  package var place: String { (namespace.map { $0 + "/" } ?? "") + name }
}

/// Finds similar names and scopes that an item may have been sealed for by mistake.
struct SealedPlaces {
  private static let limit = 8
  private let documents: [SealedSecretDocument]

  init(_ documents: [SealedSecretDocument]) { self.documents = documents }

  /// The labels of the document's other scopes, of its template's names, and of its neighbours.
  func labels(
    besides document: SealedSecretDocument, _ root: Node
  ) -> [(label: [UInt8], what: String)] {
    var found: [(label: [UInt8], what: String)] = []
    func add(_ scope: Scope, _ namespace: String, _ name: String) {
      let label = scope.label(namespace: namespace, name: name)
      guard label != document.label, !found.contains(where: { $0.label == label }) else { return }
      let what =
        switch scope {
        case .strict: "'\(namespace)/\(name)' (strict)"
        case .namespaceWide: "namespace '\(namespace)' (namespace-wide)"
        case .clusterWide: "any place (cluster-wide)"
        }
      found.append((label, what))
    }
    let namespace = document.namespacedName.namespace
    for scope in Scope.allCases { add(scope, namespace, document.name) }
    let template = root.at("spec", "template", "metadata")
    let names = [document.sealedName, document.name, template?["name"]?.scalar ?? document.name]
    for inner in [namespace, template?["namespace"]?.scalar ?? namespace] {
      for name in names { add(.strict, inner, name) }
      add(.namespaceWide, inner, document.name)
    }
    for other in documents.prefix(SealedPlaces.limit) {
      for scope in [Scope.strict, .namespaceWide] {
        add(scope, other.namespacedName.namespace, other.name)
      }
    }
    return found
  }
}

extension UnsealFailure {
  /// What is wrong, and how to fix it.
  var explanation: (message: String, hint: String) {
    switch self {
    case .notBase64: ("is not base64", "the file was damaged; restore it from its history")
    case .truncated: ("is cut off", "the file was damaged; restore it from its history")
    case .otherSize(let bits):
      (
        "was sealed for a key of \(bits) bits, and no such key was given",
        "add that key, or restore the file from its history if its first bytes were changed"
      )
    case .changed:
      (
        "was changed after it was sealed, or cut off",
        "the key is right; restore the value from the file's history"
      )
    case .sealedFor(let what):
      ("was sealed for \(what)", "move it back, or seal the value again for this place")
    case .noKeyOpensIt:
      (
        "cannot be opened with any of the keys",
        "it was sealed for another key or for a name that was not tried, or its first bytes were changed"
      )
    }
  }
}
