/// Makes the values of a plan and seals them. Here plaintext lives, and ends.

internal import Credentials
internal import Cryptography
internal import Manifests
internal import Planning
internal import Sealing

enum Sealer {
  /// The ciphertext of every item that the plan seals.
  static func seal(
    _ plan: RunPlan, supplied: [String: SecretBytes], for key: RSAPublicKey
  ) throws -> [LockFile.ItemID: SealedValue] {
    var values = Values()
    for renewal in plan.renewals {
      let credential = renewal.credential
      switch credential.source {
      case .generated(let recipe): values[credential.name] = try recipe.generate()
      case .supplied: values[credential.name] = supplied[credential.name]
      }
      if let value = values[credential.name] { TestHooks.leak(value) }
    }
    let items = plan.sealedItems
    let jobs = try items.map { secret, item in
      SealingJob(
        label: secret.scope.label(namespace: secret.namespace ?? "", name: secret.secret.name),
        value: try value(of: item, in: values))
    }
    try checkSizes(items, jobs)
    let sealed = try Sealing.seal(jobs, for: key, threads: Environment.processors)
    return Dictionary(uniqueKeysWithValues: zip(items.map(\.item.id), sealed))
  }

  /// A Secret holds 1 MiB at most (k8s.io/api core/v1 `MaxSecretSize`).
  private static func checkSizes(
    _ items: [(plan: SecretPlan, item: ItemPlan)], _ jobs: [SealingJob]
  ) throws {
    var sizes: [String: Int] = [:]
    for ((secret, _), job) in zip(items, jobs) {
      let name = "\(secret.namespace ?? "")/\(secret.secret.name)"
      sizes[name, default: 0] += job.value.count
      if sizes[name, default: 0] > 1 << 20 {
        throw CommandError(
          "the values of '\(name)' are larger than 1 MiB, which no Secret can hold",
          hint: "make them shorter, or split the Secret")
      }
    }
  }

  private static func value(of item: ItemPlan, in values: Values) throws -> SecretBytes {
    do throws(any Error) {
      if let value = try values.evaluate(item.item.expression) { return value }
    } catch is Filter.NotUTF8 {
      throw CommandError(
        "the value of '\(item.item.key)' is not UTF-8, which the filter json cannot write",
        hint: "use base64 instead")
    }
    // The planner seals an item only where every credential in it gets a value.
    preconditionFailure("an item was planned without its values")
  }
}
