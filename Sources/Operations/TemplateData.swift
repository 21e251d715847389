/// Renders `spec.template.data` as the controller does.

internal import Cryptography
internal import GoTemplates
internal import Kubernetes
internal import Rules
internal import Text
internal import YAML

struct TemplateData {
  private let entries: [(key: String, value: Node)]
  private let opened: [(key: String, value: SecretBytes)]
  private let version: ControllerVersion

  init(
    _ template: Node?, _ opened: [(key: String, value: SecretBytes)], _ version: ControllerVersion
  ) {
    entries = (template?.entries ?? []).map { ($0.key.scalar ?? "", $0.value) }
    self.opened = opened
    self.version = version
  }

  /// The keys of the Secret, in no particular order.
  ///
  /// - Throws: `YAMLError` for an entry that only the controller can render, or that it refuses.
  func rendered(
    _ warn: (String, Location) -> Void
  ) throws(YAMLError) -> [(key: String, value: SecretBytes)] {
    var data = opened
    for (key, node) in entries {
      let isSealed = opened.contains { $0.key === key }
      if node.isNull, version.leavesNullOut {
        data.removeAll { $0.key === key }
        continue
      }
      let text = node.isNull ? "" : node.scalar ?? ""
      // An entry that loses is still parsed, and its error makes the whole Secret fail.
      if let fault = GoTemplateCheck.fault(in: text) {
        throw YAMLError(
          "'\(key)' of spec.template.data cannot be rendered: \(fault)", at: node.location)
      }
      let value = SecretTemplate.render(
        text, context,
        missing: { warn("'\($0)' is not an item; it is rendered as <no value>", node.location) })
      if isSealed, version.rendersSiblings {
        if value == nil {
          warn(
            "'\(key)' of spec.template.data has no effect, because the ciphertext wins; only the controller knows whether rendering it fails",
            node.location)
        }
        continue
      }
      guard let value else {
        throw YAMLError(
          "'\(key)' of spec.template.data uses more than plain fields such as {{ .password }}, which only the controller can render",
          at: node.location)
      }
      data.removeAll { $0.key === key }
      data.append((key, value))
    }
    return data
  }

  /// What an entry sees: the opened items, and since 0.37 the other entries as written.
  private var context: [(key: String, value: SecretBytes)] {
    guard version.rendersSiblings else { return opened }
    return opened
      + entries.filter { key, node in
        !opened.contains { $0.key === key } && !(node.isNull && version.leavesNullOut)
      }.map { key, node in
        let text = node.isNull ? "" : node.scalar ?? ""
        return (key, Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) })
      }
  }
}
