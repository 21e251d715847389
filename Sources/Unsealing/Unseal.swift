/// Opens sealed values with backed-up private keys; only this module decrypts.

package import Cryptography
package import Kubernetes
internal import Text

/// Why a value could not be opened.
package enum UnsealFailure: Error, Equatable {
  case notBase64
  /// It is too short for its format.
  case truncated
  /// It was made for a key of another size; the size in bits.
  case otherSize(bits: Int)
  /// One of the keys opens the session key, but the rest was changed.
  case changed
  /// One of the keys opens it under another name, namespace or scope, which the text describes.
  case sealedFor(String)
  /// None of the keys opens it under any label that was tried.
  case noKeyOpensIt
}

/// One value to open.
package struct UnsealJob: Sendable {
  package let base64: String
  /// The label it should have been sealed with.
  package let label: [UInt8]
  /// Labels it may have been sealed with by mistake, each with a description.
  package let otherLabels: [(label: [UInt8], what: String)]

  package init(
    base64: String, label: [UInt8], otherLabels: [(label: [UInt8], what: String)] = []
  ) {
    self.base64 = base64
    self.label = label
    self.otherLabels = otherLabels
  }
}

/// The result for one value: the complete plaintext, and the index of its key.
package typealias UnsealResult = Result<(value: SecretBytes, key: Int), UnsealFailure>

/// Opens every job with the first of `keys` that can, on up to `threads` threads.
///
/// - Returns: the results in the order of the jobs.
package func unseal(
  _ jobs: [UnsealJob], keys: [RSAPrivateKey], threads: Int
) throws -> [UnsealResult] {
  // A private key operation takes milliseconds, so small chunks keep the last thread from waiting.
  try parallelMap(count: jobs.count, threads: threads, chunkSize: 8) { range in
    try range.map { try open(jobs[$0], keys) }
  }
}

/// Opens one ciphertext with the first of `keys` that can.
///
/// - Throws: `UnsealFailure`.
package func unseal(
  _ base64: String, scope: Scope, namespace: String, name: String, keys: [RSAPrivateKey]
) throws -> SecretBytes {
  let label = scope.label(namespace: namespace, name: name)
  return try open(UnsealJob(base64: base64, label: label), keys).get().value
}

private func open(_ job: UnsealJob, _ keys: [RSAPrivateKey]) throws -> UnsealResult {
  let sealed: SealedFormat
  do throws(SealedFormat.Fault) { sealed = try SealedFormat(base64: job.base64) } catch {
    if case .notBase64 = error { return .failure(.notBase64) }
    return .failure(.truncated)
  }
  func decrypt(_ key: RSAPrivateKey, _ label: [UInt8]) throws -> RSAPrivateKey.Decryption {
    try key.decrypt(sessionKey: sealed.sessionKey, body: sealed.body, label: label)
  }
  let size = sealed.sessionKey.count
  var isChanged = false
  for (index, key) in keys.enumerated() where key.size == size {
    switch try decrypt(key, job.label) {
    case .opened(let value): return .success((value, index))
    case .changed: isChanged = true
    case .notOpened: continue
    }
  }
  if isChanged { return .failure(.changed) }
  guard keys.contains(where: { $0.size == size }) else {
    return .failure(.otherSize(bits: size * 8))
  }
  for (label, what) in job.otherLabels {
    for key in keys where key.size == size {
      if case .notOpened = try decrypt(key, label) { continue }
      return .failure(.sealedFor(what))
    }
  }
  return .failure(.noKeyOpensIt)
}
