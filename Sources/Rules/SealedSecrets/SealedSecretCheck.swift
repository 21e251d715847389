/// `verify`: everything that can be checked in a SealedSecret without a key.

package import Kubernetes
package import Manifests
internal import Text
internal import Workspace
package import YAML

/// The certificate that a SealedSecret should be sealed for.
package struct SealingKey: Sendable {
  let fingerprint: String
  /// Big-endian, without leading zeros.
  let modulus: [UInt8]
  let claim: Claim

  package init(fingerprint: String, modulus: [UInt8], claim: Claim = .newest) {
    self.fingerprint = fingerprint
    self.modulus = modulus
    self.claim = claim
  }

  /// What is asked about the key.
  package enum Claim: Sendable {
    /// It is the newest one; the controller may have older ones.
    case newest
    /// A person asked whether exactly this key opens them.
    case onlyOne
  }
}

/// What a SealedSecret is compared with.
package struct SealingRecord: Sendable {
  let key: SealingKey?
  let lock: LockFile?
  /// The controller that would make the Secret.
  let version: ControllerVersion
  let sha256: SHA256

  package init(
    key: SealingKey? = nil, lock: LockFile? = nil, version: ControllerVersion = .current,
    sha256: @escaping SHA256
  ) {
    self.key = key
    self.lock = lock
    self.version = version
    self.sha256 = sha256
  }
}

/// One SealedSecret and what it is compared with.
package struct SealedSecretCheck: Sendable {
  let root: Node
  /// The SealedSecret that is checked; its namespace may come from a kustomization.
  package var document: SealedSecretDocument
  let file: String
  private let record: SealingRecord

  package init(
    _ root: Node, _ document: SealedSecretDocument, file: String, against record: SealingRecord
  ) {
    self.root = root
    self.document = document
    self.file = file
    self.record = record
  }

  var key: SealingKey? { record.key }
  var lock: LockFile? { record.lock }
  var version: ControllerVersion { record.version }

  /// What is wrong with its form alone, so that Kubernetes would not accept it as a SealedSecret.
  package func form() -> [Finding] { structure() + types() + stringTypes() + names() }

  /// What is wrong with it, in the order of the file.
  package func findings() -> [Finding] {
    let found =
      form() + ownFields() + templateEffects() + scopes() + stringNames() + type() + sizes()
      + ownership()
      + ciphertexts() + recorded()
    return found.enumerated().sorted {
      ($0.element.location?.line ?? 0, $0.offset) < ($1.element.location?.line ?? 0, $1.offset)
    }.map(\.element)
  }

  func report(
    _ code: String, _ severity: Finding.Severity, _ message: String, hint: String,
    at location: Location?
  ) -> Finding {
    Finding(
      code: code, severity: severity, message: message, hint: hint, file: file,
      location: location ?? root.location)
  }

  private func structure() -> [Finding] {
    var found: [Finding] = []
    if root["apiVersion"]?.scalar != "bitnami.com/v1alpha1" {
      found.append(
        report(
          "api-version", .error, "apiVersion is not bitnami.com/v1alpha1",
          hint: "correct it; the controller knows no other version",
          at: root["apiVersion"]?.location))
    }
    if root["kind"] == nil {
      found.append(
        report(
          "api-version", .error, "kind is missing", hint: "write kind: SealedSecret",
          at: root.location))
    }
    if let old = root.at("spec", "data"), !old.isNull {
      found.append(
        report(
          "old-format", .error, "spec.data is the old format with a single blob",
          hint: "seal the Secret again; this format is deprecated", at: old.location))
    }
    guard let data = root.at("spec", "encryptedData"), data.entries != nil else {
      return found + [
        report(
          "no-items", .error, "spec.encryptedData is not a mapping",
          hint: "make it a mapping; the controller treats it as an empty one",
          at: root.at("spec", "encryptedData")?.location)
      ]
    }
    if data.entries?.isEmpty == true {
      found.append(
        report(
          "no-items", .warning, "spec.encryptedData is empty",
          hint: "seal at least one value; the Secret would have no data",
          at: data.location))
    }
    return found
  }

  /// Differences from what the lock file records.
  private func recorded() -> [Finding] {
    guard let lock else { return [] }
    let mine = lock.order.filter { NamespacedName($0.namespace, $0.secret) == document.sealedFor }
    return mine.flatMap { id -> [Finding] in
      guard let known = lock.items[id] else { return [] }
      guard let item = document.items.first(where: { $0.key === id.key }) else {
        return [
          report(
            "not-as-recorded", .error,
            "'\(id.key)' is missing, although \(LockPlace.name) lists it",
            hint: "restore the file from its history, or run moltseal apply", at: document.location)
        ]
      }
      var found: [Finding] = []
      if SealedValue(base64: item.base64)?.digest(record.sha256) != known.ciphertext {
        found.append(
          report(
            "not-as-recorded", .error,
            "'\(id.key)' is not the ciphertext that \(LockPlace.name) has",
            hint: "restore both files from one commit; a merge may have mixed two versions",
            at: item.location))
      } else if let key, known.certificate != key.fingerprint {
        found.append(otherKey(id.key, known, key.claim, at: item.location))
      }
      if known.scope != document.scope {
        found.append(
          report(
            "not-as-recorded", .error,
            "'\(id.key)' was sealed with scope \(known.scope.rawValue), not \(document.scope.rawValue)",
            hint: "restore the scope annotation of the SealedSecret", at: item.location))
      }
      return found
    }
  }

  private func otherKey(
    _ itemKey: String, _ known: LockFile.Item, _ claim: SealingKey.Claim, at location: Location
  ) -> Finding {
    let message = "'\(itemKey)' was sealed for \(known.certificate)"
    return switch claim {
    case .onlyOne:
      report(
        "other-key", .error, message,
        hint: "use reseal to seal it for this certificate, whose key does not open it",
        at: location)
    case .newest:
      report(
        "other-key", .warning, message,
        hint:
          "the controller opens it as long as it has that key; if that key is newer, take its certificate with cert fetch, otherwise renew the item with reseal or re-encrypt",
        at: location)
    }
  }
}
