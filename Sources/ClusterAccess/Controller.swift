/// The sealed-secrets controller, reached through the API server's service proxy.
///
/// Its answers are not trusted: a certificate is compared with the pins, and only `encryptedData`
/// is taken from a re-encrypted SealedSecret (docs/controller.md).

internal import Kubernetes
internal import Manifests
package import Processes
internal import Reporting
package import Text
internal import Words
internal import YAML

/// A sealed-secrets controller, of which only its public endpoints are used.
package struct Controller {
  private let kubectl: Kubectl
  private let namespace: String
  /// The possible names of the controller's service: the manifest's, then the Helm chart's.
  private let names: [String]

  /// - Throws: `CommandError` for an invalid name: both become part of the request's path, which
  ///   must lead only to the controller.
  package init(_ kubectl: Kubectl, namespace: String?, name: String?) throws {
    for (text, flag) in [(namespace, CLI.controllerNamespace), (name, CLI.controllerName)] {
      guard let text, let fault = KubernetesNames.faultOfLabel(text) else { continue }
      throw CommandError(
        "the controller's \(flag == .controllerName ? "name" : "namespace") '\(text)' \(fault)",
        hint: "correct \(flag), or the environment's cluster", status: 64)
    }
    self.kubectl = kubectl
    self.namespace = namespace ?? "kube-system"
    names = name.map { [$0] } ?? Controller.defaultNames
  }

  /// The names of the service if nobody names it.
  package static let defaultNames = ["sealed-secrets-controller", "sealed-secrets"]

  /// The controller's service: the path of its proxy, and its name for messages.
  package struct Service {
    let path: String
    /// `NAMESPACE/NAME`.
    package let name: String
  }

  /// Finds the controller's service, and the name of its first port.
  package func service() throws -> Service {
    let folder = "/api/v1/namespaces/\(namespace)/services"
    for name in names {
      do throws(any Error) {
        let answer = try kubectl.get("\(folder)/\(name)")
        let port = Controller.json(answer)?.at("spec", "ports")?.items?.first?["name"]?.scalar
        if let port, !port.isEmpty, let fault = KubernetesNames.faultOfLabel(port) {
          throw CommandError(
            "the port '\(port)' of service '\(name)' \(fault)",
            hint: "check the controller; nothing of its answer was used")
        }
        return Service(
          path: "\(folder)/http:\(name):\(port ?? "")/proxy", name: "\(namespace)/\(name)")
      } catch let failure as Kubectl.Failure where failure.reason == "NotFound" {
        continue
      } catch { throw Controller.explained(error) }
    }
    throw CommandError(
      "namespace '\(namespace)' has no service '\(names.joined(separator: "' or '"))'",
      hint: "name the controller with \(CLI.controllerNamespace) and \(CLI.controllerName)")
  }

  /// Returns the Deployment with the service's name, as JSON.
  func deployment(of service: Service) throws -> [UInt8] {
    try kubectl.get("/apis/apps/v1/namespaces/\(namespace)/deployments/\(Path.name(service.name))")
  }

  /// Returns the controller's certificate file, unchecked.
  package func certificateFile(_ service: Service) throws -> [UInt8] {
    do throws(any Error) {
      return try kubectl.get(service.path + "/v1/cert.pem")
    } catch { throw Controller.explained(error) }
  }

  /// The controller's verdict on one SealedSecret.
  package enum Verdict {
    case opens, doesNotOpen, notRead
  }

  /// The controller is asked too often.
  package struct Busy: Error {}

  /// - Throws: `Busy` or a `CommandError`.
  package func verify(_ json: [UInt8], _ service: Service) throws -> Verdict {
    do throws(any Error) {
      _ = try kubectl.post(service.path + "/v1/verify", json)
      return .opens
    } catch let failure as Kubectl.Failure {
      switch failure.reason {
      // kubectl reports any conflict of a POST in this way.
      case "AlreadyExists", "Conflict": return .doesNotOpen
      case "InternalError" where failure.isEmpty: return .notRead
      case "TooManyRequests": throw Busy()
      default: throw Controller.explained(failure)
      }
    } catch { throw Controller.explained(error) }
  }

  /// Returns the ciphertexts that the controller sealed again, by key, or nil if none of its keys
  /// opens the old ones.
  ///
  /// - Throws: `Busy` or a `CommandError`.
  package func rotate(_ json: [UInt8], _ service: Service) throws -> [Name: String]? {
    do throws(any Error) {
      let answer = try kubectl.post(service.path + "/v1/rotate", json)
      guard let entries = Controller.json(answer)?.at("spec", "encryptedData")?.entries else {
        throw CommandError(
          "the controller's answer is not a SealedSecret",
          hint: "check the controller; nothing of its answer was used")
      }
      var items: [Name: String] = [:]
      for entry in entries {
        guard let key = entry.key.scalar, let value = entry.value.scalar,
          items.updateValue(value, forKey: Name(key)) == nil
        else {
          throw CommandError(
            "the controller's answer has an item that is not a ciphertext, or has an item twice",
            hint: "check the controller; nothing of its answer was used")
        }
      }
      return items
    } catch let failure as Kubectl.Failure {
      if failure.reason == "TooManyRequests" { throw Busy() }
      guard failure.reason == "InternalError", failure.isEmpty else {
        throw Controller.explained(failure)
      }
      return nil
    } catch { throw Controller.explained(error) }
  }

  /// Parses one JSON document; nil if it is none, or if anything follows it.
  static func json(_ bytes: [UInt8]) -> Node? {
    bytes.withUnsafeBytes { bytes in
      var parser = JSONParser(bytes, withholding: .nothing)
      guard let root = try? parser.document().root, parser.isAtEnd() else { return nil }
      return root
    }
  }

  /// Returns the message for a failed request.
  package static func explained(_ error: any Error) -> any Error {
    switch error {
    case let failure as Kubectl.Failure: words(of: failure)
    case let fault as Kubectl.Fault: fault.commandError
    case let fault as Subprocess.Fault: fault.commandError
    default: error
    }
  }

  private static func words(of failure: Kubectl.Failure) -> CommandError {
    let hint =
      switch failure.reason {
      case nil:
        "check the context (cluster.context of the environment, else the kubeconfig's own), the kubeconfig and the network"
      case "Forbidden", "Unauthorized": "allow this identity to use the controller's service proxy"
      case "ServiceUnavailable": "check that the controller's pod runs"
      default: "check the controller's name and its log"
      }
    return CommandError(
      "kubectl: \(failure.message)\(failure.reason.map { " (\($0))" } ?? "")", hint: hint)
  }
}
