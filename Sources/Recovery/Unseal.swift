/// Opens sealed values with backed-up private keys: the only place that decrypts.

package import Cryptography
package import Sealing

/// Why a value could not be opened.
package enum UnsealFailure: Error {
  case notBase64
  case truncated
  /// None of the keys opens it under this label.
  case noKeyOpensIt
}

/// Opens one ciphertext with the first of `keys` that can.
///
/// - Returns: the plaintext, never a part of it.
package func unseal(
  _ base64: String, scope: Scope, namespace: String, name: String, keys: [RSAPrivateKey]
) throws -> SecretBytes {
  guard let ciphertext = Base64.decode(base64.utf8) else { throw UnsealFailure.notBase64 }
  guard ciphertext.count > 2 else { throw UnsealFailure.truncated }
  let label = scope.label(namespace: namespace, name: name)
  for key in keys {
    if let value = try key.decrypt(ciphertext, label: label) { return value }
  }
  throw UnsealFailure.noKeyOpensIt
}
