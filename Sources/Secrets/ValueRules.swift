/// What is wrong with the values of a Secret, whoever seals them: one set of rules for every command.

package import Cryptography
internal import Kubernetes
internal import Text
internal import Workspace
internal import YAML

/// One value, or one key that is missing, that nobody means.
///
/// It never says the value.
package struct ValueFault: Equatable, Sendable {
  /// The key that has it.
  package let key: String
  /// What is wrong, as it follows the key.
  package let message: String
  package let hint: String
  /// Whether it is refused; else it is warned of.
  package let isError: Bool
}

package enum ValueRules {
  /// How much a Secret holds: 1 MiB in all (k8s.io/api core/v1 `MaxSecretSize`).
  package static let limit = 1 << 20

  /// The faults of the values of one Secret.
  ///
  /// - Parameter isWhole: whether no other key will be there beside them.
  package static func faults(
    type: String?, values: [(key: String, value: SecretBytes)], isWhole: Bool
  ) -> [ValueFault] {
    var faults: [ValueFault] = []
    let type = type ?? ""
    if isWhole, let missing = KubernetesNames.missingKeys(type: type, keys: values.map(\.key)) {
      faults.append(
        ValueFault(
          key: "", message: "the Secret has not \(missing), which type '\(type)' needs",
          hint: "the API server refuses it; add it, or take 'type' out", isError: true))
    }
    if values.reduce(0, { $0 + $1.value.count }) > limit {
      faults.append(
        ValueFault(
          key: "", message: "the values of the Secret are larger than 1 MiB",
          hint: "no Secret can hold them; make them shorter, or split the Secret", isError: true))
    }
    for (key, value) in values {
      if let fault = ofType(type, key, value) ?? placeholder(key, value) ?? pem(type, key, value) {
        faults.append(fault)
      }
    }
    return faults + pair(type, values, besides: faults)
  }

  // MARK: Types

  /// What the API server itself looks at (k8s.io/kubernetes, `ValidateSecret`).
  private static func ofType(_ type: String, _ key: String, _ value: SecretBytes) -> ValueFault? {
    if KubernetesNames.keysOfJSON[type] == key, !value.withBytes({ isJSONObject($0) }) {
      return ValueFault(
        key: key, message: "is no JSON object, which type '\(type)' needs",
        hint: "the API server refuses the Secret; seal the value that was meant", isError: true)
    }
    if type == "kubernetes.io/ssh-auth", key == "ssh-privatekey", value.count == 0 {
      return ValueFault(
        key: key, message: "is empty, which type '\(type)' does not take",
        hint: "the API server refuses the Secret; seal the key that was meant", isError: true)
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
          hint: "put the value in; what fills placeholders in does not see what is sealed",
          isError: true)
      }
      if Placeholder.isWhole(bytes), isSecret || Placeholder.asksForValue(bytes) {
        return ValueFault(
          key: key, message: "looks like a placeholder",
          hint: "if it is one, seal the value that belongs there", isError: false)
      }
      guard let mark = Placeholder.mark(in: bytes) else { return nil }
      return ValueFault(
        key: key, message: "holds '\(mark)', which nothing fills in once it is sealed",
        hint: "this is right where the reader itself fills it in, and wrong else", isError: false)
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
      return fault("is empty", "no server can use it; seal what belongs there", isError: false)
    }
    // Applications that read a key from a variable put the line ends in themselves.
    let isEscaped =
      !isTLS && !isSSH
      && value.withBytes { bytes in !bytes.dropLast().contains(10) && bytes.holds("\\n") }
    if isEscaped { return nil }
    let blocks = PEMContent(value).blocks
    guard !blocks.isEmpty else {
      let isFolded = value.withBytes { $0.holds("-----END ") && !$0.dropLast().contains(10) }
      return isFolded
        ? fault(
          "is PEM on one line, which nothing reads",
          "keep its lines: a block of YAML begins with '|', not with '>'", isError: isError)
        : fault(
          begins ? "begins like PEM, and nothing reads it" : "is no PEM, which its reader needs",
          "seal the file that was meant", isError: isError)
    }
    if blocks.contains(where: { $0.reading == .unreadable }) {
      return fault(
        "is PEM that nothing reads", "seal the whole file, with its lines as they are",
        isError: isError)
    }
    let hasKey = blocks.contains { $0.label.ends(with: "PRIVATE KEY") }
    let hasCertificate = blocks.contains { $0.reading == .certificate }
    if key == "tls.crt", hasKey {
      return fault(
        hasCertificate
          ? "holds a private key beside the certificate"
          : "holds a private key where the certificate belongs",
        "everybody may read tls.crt; seal the certificate there, and the key as tls.key",
        isError: isTLS && !hasCertificate)
    }
    if key == "tls.crt", !hasCertificate {
      return fault("holds no certificate", "seal the certificate there", isError: isTLS)
    }
    if key == "tls.key" || isSSH, !hasKey {
      return fault(
        hasCertificate
          ? "holds a certificate where the private key belongs" : "holds no private key",
        "seal the private key there", isError: isTLS)
    }
    let isClosed = blocks.contains { $0.reading == .encryptedKey }
    if isTLS, key == "tls.key",
      isClosed || blocks.contains(where: { $0.label == "OPENSSH PRIVATE KEY" })
    {
      return fault(
        isClosed ? "is encrypted with a passphrase" : "is a key in OpenSSH's own form",
        "ingress controllers read PKCS#8 and PKCS#1, in plain: openssl pkey -in FILE",
        isError: false)
    }
    let endsLine = value.withBytes { $0.last == 10 }
    // Argo CD puts the line end there itself (util/git/creds.go).
    if !endsLine, blocks.last?.label == "OPENSSH PRIVATE KEY", key != "sshPrivateKey" {
      return fault(
        "does not end with a line end, and OpenSSH refuses such a key",
        "keep the last line end: '|' in YAML and not '|-'; kubectl from a file, not from a literal",
        isError: true)
    }
    if !endsLine, isSSH {
      return fault(
        "does not end with a line end, which some readers refuse",
        "keep the last line end: '|' in YAML and not '|-'", isError: false)
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
        hint: "seal the two of one pair; of several certificates the server's own comes first",
        isError: type == "kubernetes.io/tls")
    ]
  }
}
