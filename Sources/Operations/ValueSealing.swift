/// Makes the values of a plan and seals them; no plaintext leaves this type.

package import Cryptography
package import Kubernetes
package import Manifests
package import Planning
internal import Sealing
package import Secrets
internal import Text
internal import Workspace

package struct ValueSealing {
  /// The result of sealing a plan.
  package struct Result: Sendable {
    /// The ciphertext of every item that the plan seals.
    package var values: [LockFile.ItemID: SealedValue] = [:]
    /// The public halves of the new key pairs, by the names of their values.
    var publicKeys: [String: LockFile.PublicKey] = [:]

    package init() {}
  }

  /// Where the values come from.
  package enum Source {
    /// They are made, or supplied by the user under the names of their credentials.
    case new(supplied: [String: SecretBytes])
    /// They are in use, and sealed unchanged.
    case adopted(AdoptedValues)
  }

  private let key: RSAPublicKey
  private let threads: Int
  private let warn: (String) -> Void

  /// - Parameter warn: receives warnings about values that are sealed but may not be intended.
  package init(
    for key: RSAPublicKey, threads: Int, warn: @escaping (String) -> Void = { _ in }
  ) {
    self.key = key
    self.threads = threads
    self.warn = warn
  }

  /// Makes the values of a plan, and seals every item that the plan seals.
  ///
  /// - Parameter made: receives each value once it is made.
  /// - Throws: `OperationFault`, or OpenSSL's.
  package func seal(
    _ plan: RunPlan, from source: Source, made: (SecretBytes) -> Void = { _ in }
  ) throws -> Result {
    var result = Result()
    let values = try values(of: plan, source, made, &result.publicKeys)
    let items = plan.sealedItems
    var room = Room()
    let jobs = try items.map { secret, item in
      let value =
        try source.adopted(item, of: secret)
        ?? value(of: item, of: secret, in: values, limit: room.left(in: secret))
      room.take(value.count, in: secret)
      return SealingJob(
        label: secret.scope.label(of: NamespacedName(secret.namespace, secret.secret.builtName)),
        value: value)
    }
    try check(items, jobs.map(\.value), source)
    let sealed = try Sealing.seal(jobs, for: key, threads: threads)
    result.values = Dictionary(uniqueKeysWithValues: zip(items.map(\.item.id), sealed))
    return result
  }

  /// The value of each credential that gets a new one.
  private func values(
    of plan: RunPlan, _ source: Source, _ made: (SecretBytes) -> Void,
    _ publicKeys: inout [String: LockFile.PublicKey]
  ) throws -> Values {
    var values = Values()
    for renewal in plan.renewals {
      let credential = renewal.credential
      switch credential.source {
      case .generated(let recipe):
        if let pair = try recipe.keyPair() {
          values[credential.name] = pair.privateKey
          publicKeys[credential.name] = LockFile.PublicKey(
            base64: pair.publicKey.base64, jwk: pair.publicKey.jwk)
        } else {
          values[credential.name] = try recipe.generate()
        }
      case .supplied: values[credential.name] = source.supplied(credential.name)
      }
      if let value = values[credential.name] { made(value) }
    }
    return values
  }

  /// The room that is left in each Secret, which has at most 1 MiB (k8s.io/api core/v1
  /// `MaxSecretSize`).
  private struct Room {
    private var used: [NamespacedName: Int] = [:]

    func left(in secret: SecretPlan) -> Int { (1 << 20) - used[secret.namespacedName, default: 0] }

    mutating func take(_ count: Int, in secret: SecretPlan) {
      used[secret.namespacedName, default: 0] += count
    }
  }

  /// Checks the new values of each Secret, together with the keys that it keeps.
  private func check(
    _ items: [(SecretPlan, ItemPlan)], _ values: [SecretBytes], _ source: Source
  ) throws(OperationFault) {
    var order: [Name] = []
    var bySecret: [Name: (plan: SecretPlan, values: [(key: String, value: SecretBytes)])] = [:]
    for ((secret, item), value) in zip(items, values) {
      let name = Name(secret.namespacedName.text + "/" + secret.secret.builtName)
      if bySecret[name] == nil { order.append(name) }
      bySecret[name, default: (secret, [])].values.append((item.item.key, value))
    }
    for (secret, values) in order.compactMap({ bySecret[$0] }) {
      let kept = secret.foreign + secret.items.compactMap { $0.isOmitted ? nil : $0.item.key }
      let type = secret.secret.type ?? ""
      if let missing = KubernetesNames.missingKeys(type: type, keys: kept) {
        throw OperationFault(
          .notMeant,
          "'\(secret.secret.name)' would lack \(missing), which type '\(type)' requires",
          detail:
            "the API server refuses the Secret; supply the value, or remove the type from the template"
        )
      }
      for fault in ValueRules.faults(type: secret.secret.type, values: values, of: .someKeys) {
        let key = fault.key.isEmpty ? "" : "'\(fault.key)' of "
        let message = "\(key)'\(secret.secret.name)': \(fault.message)"
        // An adopted value is already in use, so it works as far as anybody knows.
        guard fault.isError, case .new = source else {
          warn(message)
          continue
        }
        throw OperationFault(.notMeant, message, detail: fault.hint)
      }
    }
  }

  private func value(
    of item: ItemPlan, of secret: SecretPlan, in values: Values, limit: Int
  ) throws -> SecretBytes {
    do throws(any Error) {
      if let value = try values.evaluate(item.item.expression, limit: limit) { return value }
    } catch let fault as Filter.Fault {
      let reason =
        switch fault {
        case .notUTF8: "is not UTF-8, which the filter json cannot encode"
        case .lineBreak:
          "has a line break or a NUL, which the filter pgpass or conninfo cannot encode"
        case .notPrintableASCII:
          "is not printable ASCII, so the filter scram-sha-256 cannot know how a server reads it"
        case .failed: "could not be filtered: OpenSSL failed"
        }
      throw OperationFault(.notUTF8, "the value of '\(item.item.key)' \(reason)")
    } catch is Values.TooLong {
      throw OperationFault(
        .tooLong,
        "with '\(item.item.key)' the values of '\(secret.namespacedName.text)' are larger than 1 MiB, the limit of a Secret"
      )
    }
    // The planner seals an item only if every credential in it gets a value.
    preconditionFailure("an item was planned without its values")
  }
}

extension ValueSealing.Source {
  fileprivate func supplied(_ credential: String) -> SecretBytes? {
    if case .new(let supplied) = self { supplied[credential] } else { nil }
  }

  fileprivate func adopted(_ item: ItemPlan, of secret: SecretPlan) -> SecretBytes? {
    guard case .adopted(let values) = self else { return nil }
    return values[
      ValuePlace(namespace: secret.namespace, secret: secret.secret.builtName, key: item.item.key)]
  }
}

extension SecretPlan {
  fileprivate var namespacedName: NamespacedName { NamespacedName(namespace, secret.name) }
}
