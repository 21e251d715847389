/// The Secrets of a running system, from a file or through kubectl.

internal import CProcess
internal import ClusterAccess
internal import Cryptography
internal import Processes
internal import Reporting
internal import SecretIO
internal import Secrets
internal import Text
internal import YAML

enum LiveSecrets {
  /// A Secret of the templates, and its present name in the cluster.
  struct Wanted {
    let name: String
    let namespace: String?
    /// The name as built now, including a hash.
    let liveName: String
  }

  /// Reads the Secrets of a file.
  ///
  /// - Throws: `CommandError` for what is not a Secret.
  static func read(_ file: String, _ wanted: [Wanted]) throws -> AdoptedValues {
    let bytes = try PlainFile.readSecret(file)
    let secrets: [SecretManifest]
    do throws(YAMLError) { secrets = try SecretStream(bytes, lists: .unpacked).secrets } catch {
      throw CommandError(error, file: PlainFile.name(file))
    }
    return values(of: secrets, wanted)
  }

  /// Reads the Secrets through kubectl.
  static func get(_ wanted: [Wanted], _ kubectl: Kubectl) throws -> AdoptedValues {
    var secrets: [SecretManifest] = []
    let names = wanted.flatMap { secret in
      [secret.liveName, secret.name][..<(secret.liveName === secret.name ? 1 : 2)].map {
        (name: $0, namespace: secret.namespace ?? "default")
      }
    }
    for (name, namespace) in names {
      var pieces: [SecretBytes] = []
      do throws(any Error) {
        try kubectl.secret(name, namespace: namespace) {
          pieces.append(SecretBytes(copying: $0))
        }
      } catch { throw Controller.explained(error) }
      let bytes = SecretBytes(joining: pieces)
      guard bytes.count > 0 else { continue }
      do throws(YAMLError) {
        secrets += try SecretStream(bytes, lists: .unpacked).secrets
      } catch {
        throw CommandError(
          "the live Secret '\(name)' cannot be read: \(error.message)",
          hint: "inspect it: kubectl get secret \(name)")
      }
    }
    return values(of: secrets, wanted)
  }

  static func values(of secrets: [SecretManifest], _ wanted: [Wanted]) -> AdoptedValues {
    defer { moltseal_wipe_stack() }
    var values = AdoptedValues()
    for secret in secrets {
      let namespace = secret.metadata.namespace
      func isThere(_ wanted: Wanted, _ name: String) -> Bool {
        name === secret.metadata.name
          && (namespace.isEmpty || wanted.namespace == nil || wanted.namespace === namespace)
      }
      if let own = wanted.first(where: { isThere($0, $0.liveName) }) {
        values.add(secret, as: own.name, namespace: own.namespace)
      } else if let plain = wanted.first(where: { isThere($0, $0.name) }) {
        values.addForeign(secret, as: plain.name, namespace: plain.namespace)
      }
    }
    return values
  }
}
