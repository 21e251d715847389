/// Ciphertexts that no controller could open, or whose value is probably not intended.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

extension SealedSecretCheck {
  /// The lengths of RSA keys from 2048 to 16384 bits, in bytes.
  private static let plausibleLengths = 256...2048

  func ciphertexts() -> [Finding] {
    var found: [Finding] = []
    var seen: [Name: String] = [:]
    for item in document.items {
      if let fault = KubernetesNames.faultOfKey(item.key) {
        found.append(
          report(
            "key-name", .error, "'\(item.key)' \(fault)",
            hint: "rename the key; the API server refuses the whole Secret", at: item.location))
      }
      if let other = seen.updateValue(item.key, forKey: Name(item.base64)) {
        found.append(
          report(
            "repeated-ciphertext", .warning, "'\(item.key)' has the same ciphertext as '\(other)'",
            hint:
              "if their values should differ, one was copied; check with a private key whether it opens",
            at: item.location))
      }
      found += shape(item)
    }
    return found
  }

  /// Whether the lock file says that an item was sealed for another key, which has its own finding.
  private func isKnownForOtherKey(_ itemKey: String) -> Bool {
    let id = LockFile.ItemID(
      namespace: document.namespace, secret: document.sealedName, key: itemKey)
    guard let known = lock?.items[id], let key else { return false }
    return known.certificate != key.fingerprint
  }

  private func shape(
    _ item: (key: String, base64: String, location: Location)
  ) -> [Finding] {
    let shape: SealedFormat
    do throws(SealedFormat.Fault) {
      shape = try SealedFormat(base64: item.base64)
    } catch {
      switch error {
      case .notBase64:
        return [
          report(
            "not-base64", .error, "'\(item.key)' is not base64",
            hint: "restore the file from its history", at: item.location)
        ]
      case .truncated(let count):
        return [
          report(
            "truncated", .error, "'\(item.key)' is truncated: it has \(count) bytes",
            hint: "restore the file from its history", at: item.location)
        ]
      }
    }
    var found = [sessionKey(of: item, shape)].compactMap { $0 }
    if shape.plaintextLength == 0 {
      found.append(
        report(
          "empty-value", .warning, "'\(item.key)' has an empty value",
          hint: "if that is not intended, seal the value again", at: item.location))
    }
    return found
  }

  /// What is wrong with the encrypted session key of an item; nil if nothing is.
  private func sessionKey(
    of item: (key: String, base64: String, location: Location), _ shape: SealedFormat
  ) -> Finding? {
    let bits = shape.sessionKey.count * 8
    if let key, shape.sessionKey.count != key.modulus.count {
      return report(
        "rsa-length", .error,
        "'\(item.key)' was sealed for a key of \(bits) bits; the certificate's key has \(key.modulus.count * 8)",
        hint: "seal it for this certificate", at: item.location)
    }
    if !Self.plausibleLengths.contains(shape.sessionKey.count) {
      return report(
        "rsa-length", .error, "'\(item.key)' claims a key of \(bits) bits",
        hint:
          "restore the file from its history; its first bytes were changed, or the key is shorter than 2048 bits",
        at: item.location)
    }
    if let key, !shape.fits(modulus: key.modulus), !isKnownForOtherKey(item.key) {
      return report(
        "above-modulus", .error,
        "'\(item.key)' has an encrypted session key that is not below the modulus of the certificate's key",
        hint: "seal it again; it was sealed for another key, or changed", at: item.location)
    }
    return nil
  }
}
