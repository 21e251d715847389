/// What is wrong with a value that is, or has to be, a key or a certificate.

internal import Cryptography
internal import Text

struct PEMRules {
  private let key: String
  private let value: SecretBytes
  private let isTLS: Bool
  private let isSSH: Bool
  /// Whether it begins like PEM.
  private let begins: Bool

  init(_ type: String, _ key: String, _ value: SecretBytes) {
    self.key = key
    self.value = value
    isTLS = type == "kubernetes.io/tls"
    isSSH = type == "kubernetes.io/ssh-auth" && key == "ssh-privatekey"
    begins = value.withBytes { bytes in
      bytes.drop { [9, 10, 13, 32].contains($0) }.starts(with: "-----BEGIN ".utf8)
    }
  }

  private typealias Blocks = [(label: String, reading: PEMContent.Reading)]

  /// The first fault; nil if there is none, or if the value need not be PEM and is not.
  var fault: ValueFault? {
    guard begins || isFileOfTLS || isSSH else { return nil }
    if value.count == 0 {
      return fault(.warning, "is empty", "no server can use it; seal the real content")
    }
    if isEscaped { return nil }
    let blocks = PEMContent(value).blocks
    return unreadable(blocks) ?? other(blocks) ?? unused(blocks) ?? unended(blocks)
  }

  private func fault(
    _ severity: ValueFault.Severity, _ message: String, _ hint: String
  ) -> ValueFault {
    ValueFault(key: key, message: message, hint: hint, severity: severity)
  }

  /// Whether servers read it as the type says.
  private var isFileOfTLS: Bool { isTLS && (key == "tls.crt" || key == "tls.key") }

  /// Applications that read a key from a variable insert the line breaks themselves.
  private var isEscaped: Bool {
    !isTLS && !isSSH
      && value.withBytes { bytes in !bytes.dropLast().contains(10) && bytes.holds("\\n") }
  }

  /// A text that is not PEM.
  private func unreadable(_ blocks: Blocks) -> ValueFault? {
    let severity: ValueFault.Severity = isFileOfTLS ? .error : .warning
    if blocks.contains(where: { $0.reading == .unreadable }) {
      return fault(
        severity, "is PEM that cannot be read", "seal the whole file with its lines unchanged")
    }
    guard blocks.isEmpty else { return nil }
    let isFolded = value.withBytes { $0.holds("-----END ") && !$0.dropLast().contains(10) }
    return isFolded
      ? fault(
        severity, "is PEM on one line, which nothing can read",
        "keep its lines: begin the YAML block with '|', not with '>'")
      : fault(
        severity,
        begins ? "begins like PEM, but cannot be read" : "is not PEM, which its reader requires",
        "seal the intended file")
  }

  /// A key instead of a certificate, or the reverse.
  private func other(_ blocks: Blocks) -> ValueFault? {
    let hasKey = blocks.contains { $0.label.ends(with: "PRIVATE KEY") }
    let hasCertificate = blocks.contains { $0.reading == .certificate }
    if key == "tls.crt", hasKey {
      return fault(
        isTLS && !hasCertificate ? .error : .warning,
        hasCertificate
          ? "contains a private key next to the certificate"
          : "contains a private key instead of the certificate",
        "tls.crt is public; seal the certificate as tls.crt and the key as tls.key")
    }
    if key == "tls.crt", !hasCertificate {
      return fault(
        isTLS ? .error : .warning, "contains no certificate", "seal the certificate")
    }
    if key == "tls.key" || isSSH, !hasKey {
      return fault(
        isTLS ? .error : .warning,
        hasCertificate
          ? "contains a certificate instead of the private key" : "contains no private key",
        "seal the private key")
    }
    return nil
  }

  /// A key that ingress controllers do not read.
  private func unused(_ blocks: Blocks) -> ValueFault? {
    guard isTLS, key == "tls.key" else { return nil }
    let isClosed = blocks.contains { $0.reading == .encryptedKey }
    guard isClosed || blocks.contains(where: { $0.label == "OPENSSH PRIVATE KEY" }) else {
      return nil
    }
    return fault(
      .warning,
      isClosed ? "is encrypted with a passphrase" : "is a key in OpenSSH's own format",
      "ingress controllers read unencrypted PKCS#8 and PKCS#1; convert it: openssl pkey -in FILE")
  }

  /// A key whose last line break is missing.
  private func unended(_ blocks: Blocks) -> ValueFault? {
    guard value.withBytes({ $0.last != 10 }) else { return nil }
    // Argo CD adds the line break itself (util/git/creds.go).
    if blocks.last?.label == "OPENSSH PRIVATE KEY", key != "sshPrivateKey" {
      return fault(
        .error, "does not end with a line break, and OpenSSH refuses such a key",
        "keep the last line break: use '|' in YAML, not '|-', and a file with kubectl, not a literal"
      )
    }
    guard isSSH else { return nil }
    return fault(
      .warning, "does not end with a line break, which some readers refuse",
      "keep the last line break: use '|' in YAML, not '|-'")
  }
}
