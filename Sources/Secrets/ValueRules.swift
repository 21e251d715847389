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
  /// Whether it is refused; otherwise it is a warning.
  package let isError: Bool
}

package enum ValueRules {
  /// The maximum size of a Secret: 1 MiB in all (k8s.io/api core/v1 `MaxSecretSize`).
  package static let limit = 1 << 20

  /// The faults of the values of one Secret.
  ///
  /// - Parameter isWhole: whether the Secret will have no other keys.
  package static func faults(
    type: String?, values: [(key: String, value: SecretBytes)], isWhole: Bool
  ) -> [ValueFault] {
    var faults: [ValueFault] = []
    let type = type ?? ""
    if isWhole, let missing = KubernetesNames.missingKeys(type: type, keys: values.map(\.key)) {
      faults.append(
        ValueFault(
          key: "", message: "the Secret lacks \(missing), which type '\(type)' requires",
          hint: "the API server refuses it; add the key, or remove 'type'", isError: true))
    }
    if values.reduce(0, { $0 + $1.value.count }) > limit {
      faults.append(
        ValueFault(
          key: "", message: "the values of the Secret are larger than 1 MiB",
          hint: "no Secret can be larger; shorten the values, or split the Secret", isError: true))
    }
    for (key, value) in values {
      if let fault = ofType(type, key, value) ?? placeholder(key, value) ?? pem(type, key, value) {
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
        hint: "the API server refuses the Secret; seal the intended value", isError: true)
    }
    if type == "kubernetes.io/ssh-auth", key == "ssh-privatekey", value.count == 0 {
      return ValueFault(
        key: key, message: "is empty, which type '\(type)' does not allow",
        hint: "the API server refuses the Secret; seal the intended key", isError: true)
    }
    return nil
  }

  // MARK: Placeholders

  private static func placeholder(_ key: String, _ value: SecretBytes) -> ValueFault? {
    value.withBytes { bytes in
      let isSecret = Placeholder.isSecret(key) || KeyMeaning.endsInSecret(KeyMeaning.words(key))
      if Placeholder.asksForValue(bytes, isSecret: isSecret) {
        return ValueFault(
          key: key, message: "is a placeholder, not a value",
          hint: "seal the real value: a tool that fills in placeholders cannot see a sealed one",
          isError: true)
      }
      if Placeholder.isWhole(bytes), isSecret || Placeholder.asksForValue(bytes) {
        return ValueFault(
          key: key, message: "looks like a placeholder",
          hint: "if it is one, seal the real value", isError: false)
      }
      guard let mark = Placeholder.mark(in: bytes) else { return nil }
      return ValueFault(
        key: key, message: "contains '\(mark)', which nothing fills in once it is sealed",
        hint: "this is right only if the reader itself fills it in", isError: false)
    }
  }

  // MARK: Keys and certificates

  private static func pem(_ type: String, _ key: String, _ value: SecretBytes) -> ValueFault? {
    let isTLS = type == "kubernetes.io/tls"
    let isKeyOfTLS = key == "tls.crt" || key == "tls.key"
    let isSSH = type == "kubernetes.io/ssh-auth" && key == "ssh-privatekey"
    let begins = value.withBytes { bytes in
      bytes.drop { [9, 10, 13, 32].contains($0) }.starts(with: "-----BEGIN ".utf8)
    }
    func fault(_ message: String, _ hint: String, isError: Bool) -> ValueFault {
      ValueFault(key: key, message: message, hint: hint, isError: isError)
    }
    guard begins || isTLS && isKeyOfTLS || isSSH else { return nil }
    let isError = isTLS && isKeyOfTLS
    if value.count == 0 {
      return fault("is empty", "no server can use it; seal the real content", isError: false)
    }
    // Applications that read a key from a variable insert the line breaks themselves.
    let isEscaped =
      !isTLS && !isSSH
      && value.withBytes { bytes in !bytes.dropLast().contains(10) && bytes.holds("\\n") }
    if isEscaped { return nil }
    let blocks = PEMContent(value).blocks
    guard !blocks.isEmpty else {
      let isFolded = value.withBytes { $0.holds("-----END ") && !$0.dropLast().contains(10) }
      return isFolded
        ? fault(
          "is PEM on one line, which nothing can read",
          "keep its lines: begin the YAML block with '|', not with '>'", isError: isError)
        : fault(
          begins ? "begins like PEM, but cannot be read" : "is not PEM, which its reader requires",
          "seal the intended file", isError: isError)
    }
    if blocks.contains(where: { $0.reading == .unreadable }) {
      return fault(
        "is PEM that cannot be read", "seal the whole file with its lines unchanged",
        isError: isError)
    }
    let hasKey = blocks.contains { $0.label.ends(with: "PRIVATE KEY") }
    let hasCertificate = blocks.contains { $0.reading == .certificate }
    if key == "tls.crt", hasKey {
      return fault(
        hasCertificate
          ? "contains a private key next to the certificate"
          : "contains a private key instead of the certificate",
        "tls.crt is public; seal the certificate as tls.crt and the key as tls.key",
        isError: isTLS && !hasCertificate)
    }
    if key == "tls.crt", !hasCertificate {
      return fault("contains no certificate", "seal the certificate", isError: isTLS)
    }
    if key == "tls.key" || isSSH, !hasKey {
      return fault(
        hasCertificate
          ? "contains a certificate instead of the private key" : "contains no private key",
        "seal the private key", isError: isTLS)
    }
    let isClosed = blocks.contains { $0.reading == .encryptedKey }
    if isTLS, key == "tls.key",
      isClosed || blocks.contains(where: { $0.label == "OPENSSH PRIVATE KEY" })
    {
      return fault(
        isClosed ? "is encrypted with a passphrase" : "is a key in OpenSSH's own format",
        "ingress controllers read unencrypted PKCS#8 and PKCS#1; convert it: openssl pkey -in FILE",
        isError: false)
    }
    let endsLine = value.withBytes { $0.last == 10 }
    // Argo CD adds the line break itself (util/git/creds.go).
    if !endsLine, blocks.last?.label == "OPENSSH PRIVATE KEY", key != "sshPrivateKey" {
      return fault(
        "does not end with a line break, and OpenSSH refuses such a key",
        "keep the last line break: use '|' in YAML, not '|-', and a file with kubectl, not a literal",
        isError: true)
    }
    if !endsLine, isSSH {
      return fault(
        "does not end with a line break, which some readers refuse",
        "keep the last line break: use '|' in YAML, not '|-'", isError: false)
    }
    return nil
  }

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
        isError: type == "kubernetes.io/tls")
    ]
  }
}
