/// Ciphertexts that no controller could open, or that hold what nobody meant.

internal import Kubernetes
internal import Manifests
internal import Text
internal import YAML

extension SealedSecretCheck {
  /// The lengths of RSA keys from 2048 to 16384 bits, in bytes.
  private static let plausibleLengths = 256...2048

  func ciphertexts() -> [Finding] {
    var found: [Finding] = []
    var seen: [ByBytes: String] = [:]
    for item in document.items {
      if let fault = KubernetesNames.faultOfKey(item.key) {
        found.append(
          report(
            "key-name", .error, "'\(item.key)' \(fault)",
            hint: "the API server refuses the whole Secret; rename the key", at: item.location))
      }
      if let other = seen.updateValue(item.key, forKey: ByBytes(item.base64)) {
        found.append(
          report(
            "repeated-ciphertext", .warning, "'\(item.key)' is the very ciphertext of '\(other)'",
            hint:
              "if both are not meant to be one value, one was copied; a private key tells whether it opens",
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
            hint: "take the file from its history", at: item.location)
        ]
      case .truncated(let count):
        return [
          report(
            "truncated", .error, "'\(item.key)' is cut off: it has \(count) bytes",
            hint: "take the file from its history", at: item.location)
        ]
      }
    }
    var found: [Finding] = []
    let bits = shape.sessionKey.count * 8
    if let key, shape.sessionKey.count != key.modulus.count {
      found.append(
        report(
          "rsa-length", .error,
          "'\(item.key)' was sealed for a key of \(bits) bits; the certificate's has \(key.modulus.count * 8)",
          hint: "seal it for this certificate", at: item.location))
    } else if !Self.plausibleLengths.contains(shape.sessionKey.count) {
      found.append(
        report(
          "rsa-length", .error, "'\(item.key)' says that its key has \(bits) bits",
          hint: "its first bytes were changed, or the key is under the floor of 2048",
          at: item.location))
    } else if let key, !shape.isBelow(key.modulus), !isKnownForOtherKey(item.key) {
      found.append(
        report(
          "above-modulus", .error,
          "'\(item.key)' is a number that the certificate's key cannot have made",
          hint: "it was sealed for another key, or changed", at: item.location))
    }
    if shape.plaintextLength == 0 {
      found.append(
        report(
          "empty-value", .warning, "'\(item.key)' holds an empty value",
          hint: "if that is not meant, seal the value anew", at: item.location))
    }
    return found
  }
}
