/// Compares what ciphertexts were sealed for, according to the files, with what is built from them.

internal import Kubernetes
package import Manifests
internal import Text
internal import YAML

/// The SealedSecrets of files, by their ciphertexts.
package struct SealedOrigins: Sendable {
  private struct Origin {
    let file: String
    let name: String
    let namespace: String?
  }

  private var origins: [Name: [Origin]] = [:]

  package init() {}

  /// Records a SealedSecret of a file.
  package mutating func note(_ document: SealedSecretDocument, in file: String) {
    let origin = Origin(
      file: file, name: document.sealedName,
      namespace: document.namespace.flatMap { $0.isEmpty ? nil : $0 })
    for item in document.items { origins[Name(item.base64), default: []].append(origin) }
  }

  /// A finding for each SealedSecret whose built name or namespace does not fit its ciphertexts.
  func findings(in build: Build, path: String) -> [Finding] {
    build.sealedSecrets.compactMap { object in
      let scope = Scope(
        annotations: object.root.at("metadata", "annotations")?.stringEntries ?? [])
      let found = (object.root.at("spec", "encryptedData")?.entries ?? []).lazy
        .compactMap { $0.value.scalar }.compactMap { origins[Name($0)] }.first
      guard let found, scope != .clusterWide else { return nil }
      let name = object.identity.name
      func fits(_ origin: Origin) -> Bool {
        let isNamed = scope != .strict || origin.name === name
        let isThere = origin.namespace.map { $0 === object.identity.namespace ?? $0 } ?? true
        return isNamed && isThere
      }
      guard !found.contains(where: fits) else { return nil }
      let place = { (namespace: String?, name: String) in
        "'\(namespace.map { $0 + "/" } ?? "")\(name)'"
      }
      return Finding(
        code: "built-name-differs", severity: .error,
        message:
          "\(object.identity.kind) \(place(object.identity.namespace, name)) is built from \(found[0].file), which was sealed for \(place(found[0].namespace, found[0].name)), so no controller can open it there",
        hint:
          "seal it for the name and namespace that it is built under, or remove the prefix, suffix or namespace",
        file: path, location: nil)
    }
  }
}
