/// What is wrong with the values of a Secret: the same rules for every command that seals.

package import Cryptography
internal import Kubernetes
internal import Text
internal import Workspace
internal import YAML

/// A value that nobody wants, or a key that is missing.
///
/// It never contains the value.
package struct ValueFault: Equatable, Sendable {
  /// The key that has it.
  package let key: String
  /// What is wrong, in words that follow the key.
  package let message: String
  package let hint: String
  let severity: Severity

  /// Whether it is refused.
  package var isError: Bool { severity == .error }

  enum Severity {
    case error
    case warning
  }
}

package enum ValueRules {
  /// The maximum size of a Secret: 1 MiB in all (k8s.io/api core/v1 `MaxSecretSize`).
  package static let limit = 1 << 20

  /// Which of a Secret's values are examined.
  package enum Extent: Sendable {
    /// The Secret will have no other keys.
    case wholeSecret
    case someKeys
  }

  /// The faults of the values of one Secret.
  package static func faults(
    type: String?, values: [(key: String, value: SecretBytes)], of extent: Extent
  ) -> [ValueFault] {
    var faults: [ValueFault] = []
    let type = type ?? ""
    if extent == .wholeSecret,
      let missing = KubernetesNames.missingKeys(type: type, keys: values.map(\.key))
    {
      faults.append(
        ValueFault(
          key: "", message: "the Secret lacks \(missing), which type '\(type)' requires",
          hint: "the API server refuses it; add the key, or remove 'type'", severity: .error))
    }
    if values.reduce(0, { $0 + $1.value.count }) > limit {
      faults.append(
        ValueFault(
          key: "", message: "the values of the Secret are larger than 1 MiB",
          hint: "no Secret can be larger; shorten the values, or split the Secret", severity: .error
        ))
    }
    for (key, value) in values {
      if let fault = ofType(type, key, value) ?? placeholder(key, value)
        ?? PEMRules(type, key, value).fault
      {
        faults.append(fault)
      }
    }
    return faults + pair(type, values, besides: faults)
  }

  // MARK: Types

  /// What the API server itself checks (k8s.io/kubernetes, `ValidateSecret`).
  private static func ofType(_ type: String, _ key: String, _ value: SecretBytes) -> ValueFault? {
    if KubernetesNames.keysOfJSON[type] == key, !value.withBytes({ isJSONObject($0) }) {
      return ValueFault(
        key: key, message: "is not a JSON object, which type '\(type)' requires",
        hint: "the API server refuses the Secret; seal the intended value", severity: .error)
    }
    if type == "kubernetes.io/ssh-auth", key == "ssh-privatekey", value.count == 0 {
      return ValueFault(
        key: key, message: "is empty, which type '\(type)' does not allow",
        hint: "the API server refuses the Secret; seal the intended key", severity: .error)
    }
    return nil
  }

  // MARK: Placeholders

  private static func placeholder(_ key: String, _ value: SecretBytes) -> ValueFault? {
    value.withBytes { bytes in
      let isSecret = Placeholder.isSecret(key) || KeyMeaning.endsInSecret(KeyMeaning.words(key))
      if Placeholder.asksForValue(bytes, of: isSecret ? .secret : .setting) {
        return ValueFault(
          key: key, message: "is a placeholder, not a value",
          hint: "seal the real value: a tool that fills in placeholders cannot see a sealed one",
          severity: .error)
      }
      if Placeholder.isWhole(bytes), isSecret || Placeholder.asksForValue(bytes) {
        return ValueFault(
          key: key, message: "looks like a placeholder",
          hint: "if it is one, seal the real value", severity: .warning)
      }
      guard let mark = Placeholder.mark(in: bytes) else { return nil }
      return ValueFault(
        key: key, message: "contains '\(mark)', which nothing fills in once it is sealed",
        hint: "this is right only if the reader itself fills it in", severity: .warning)
    }
  }

  // MARK: Keys and certificates

  private static func pair(
    _ type: String, _ values: [(key: String, value: SecretBytes)], besides faults: [ValueFault]
  ) -> [ValueFault] {
    guard let certificate = values.first(where: { $0.key == "tls.crt" })?.value,
      let key = values.first(where: { $0.key == "tls.key" })?.value,
      !faults.contains(where: { ["tls.crt", "tls.key"].contains($0.key) && $0.isError }),
      PEMContent.isPair(certificate: certificate, key: key) == false
    else { return [] }
    return [
      ValueFault(
        key: "tls.key", message: "is not the private key of the certificate in 'tls.crt'",
        hint:
          "seal a certificate with its own key; of several certificates, the server's own comes first",
        severity: type == "kubernetes.io/tls" ? .error : .warning)
    ]
  }
}
