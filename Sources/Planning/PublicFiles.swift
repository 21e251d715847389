/// Writes the ConfigMaps of public keys from the lock file, replacing the whole file.

package import Manifests
internal import Text
internal import Workspace
internal import YAML

extension RunPlan {
  /// The text of every ConfigMap file after the run, except files with a key that was never made.
  ///
  /// - Parameter lock: the lock file after the run.
  package func renderConfigMaps(
    _ lock: LockFile, _ state: EnvironmentState
  ) -> [(path: String, bytes: [UInt8])] {
    state.configMaps.compactMap { file in
      var lines = ["# Written by moltseal, whole: edit its template instead."]
      for (index, configMap) in file.template.configMaps.enumerated() {
        guard let tree = tree(configMap, lock, state) else { return nil }
        if index > 0 { lines.append("---") }
        lines += YAMLWriter.block(tree, indent: 0)
      }
      return (file.outputPath, Array(lines.map { $0 + "\n" }.joined().utf8))
    }
  }

  private func tree(
    _ configMap: TemplateConfigMap, _ lock: LockFile, _ state: EnvironmentState
  ) -> Tree? {
    var data: [(String, Tree)] = []
    for item in configMap.items {
      guard let text = text(item.expression, lock) else { return nil }
      data.append((item.key, .string(text)))
    }
    var metadata: [(String, Tree)] = [("name", .string(configMap.name))]
    if let namespace = configMap.namespace {
      metadata.append(("namespace", .string(namespace)))
    }
    for (field, pairs) in [("labels", configMap.labels), ("annotations", configMap.annotations)]
    where !pairs.isEmpty {
      metadata.append((field, .map(pairs.map { ($0.key, .string($0.value)) })))
    }
    return .map([
      ("apiVersion", .string("v1")), ("kind", .string("ConfigMap")), ("metadata", .map(metadata)),
      ("data", .map(data)),
    ])
  }

  private func text(_ expression: Expression, _ lock: LockFile) -> String? {
    var text = ""
    for part in expression.parts {
      switch part {
      case .literal(let literal): text += literal
      case .publicKey(let name):
        guard let key = lock.credentials[name]?.publicKey else { return nil }
        text += key.pem
      case .keySet(let name):
        // The key that signs now, the next one, and the previous one, whose tokens may still be in
        // use.
        let keys = [name, name + Credential.nextSuffix, name + Credential.previousSuffix]
          .compactMap { lock.credentials[$0]?.publicKey?.jwk }
        guard !keys.isEmpty else { return nil }
        text += "{\"keys\":[" + keys.joined(separator: ",") + "]}"
      // The template check has refused these.
      case .value, .previous, .role: return nil
      }
    }
    return text
  }
}

extension LockFile.PublicKey {
  /// SPKI PEM (RFC 7468 section 13).
  fileprivate var pem: String {
    var lines = ["-----BEGIN PUBLIC KEY-----"]
    var rest = Array(base64.utf8)[...]
    while !rest.isEmpty {
      lines.append(String(decoding: rest.prefix(64), as: UTF8.self))
      rest = rest.dropFirst(64)
    }
    return lines.joined(separator: "\n") + "\n-----END PUBLIC KEY-----\n"
  }
}
