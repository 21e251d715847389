/// What should be known of the controller that runs: its version, and whether it has a newer key.
///
/// Nothing here fails, and nothing decides an exit status: who may ask the controller need not be allowed to
/// read its Deployment.

internal import Kubernetes
internal import Processes
internal import Text
internal import YAML

struct ControllerCare {
  /// What is said; a warning has a hint.
  private(set) var warnings: [Diagnostic] = []
  /// Why its version is not known; nil where it is.
  private(set) var unknown: String?
  private(set) var version: ControllerVersion?

  /// Looks at a controller.
  ///
  /// - Parameter certificate: that of the environment; nil where there is none to compare.
  /// - Parameter environment: its name, for the command that takes a newer one.
  init(_ controller: Controller, certificate: SealingCertificate?, environment: String?) {
    guard let service = try? controller.service() else {
      unknown = "its service cannot be read"
      return
    }
    switch controller.version(service) {
    case .success(let version):
      self.version = version
      if let (endpoints, floor) = version.oracle {
        warnings.append(
          Diagnostic(
            "the controller \(service.name) is \(version): before \(floor), whoever may reach its service, by default everybody who has logged in to the cluster, can learn values from their ciphertexts through \(endpoints)",
            hint:
              "update it to \(floor) or newer; until then take the RoleBinding sealed-secrets-service-proxier from system:authenticated, and keep other pods from the service with a NetworkPolicy"
          ))
      }
    case .failure(let reason): unknown = reason.words
    }
    guard let certificate, let newest = try? controller.newest(service),
      newest.fingerprint != certificate.fingerprint,
      newest.notBefore > certificate.notBefore
    else { return }
    let name = environment.map { " --env \($0)" } ?? ""
    warnings.append(
      Diagnostic(
        "the controller \(service.name) has a newer key than \(certificate.path): \(newest.fingerprint), since \(newest.notBefore.day)",
        hint: "take it, compare it and pin it: moltseal cert fetch\(name)"))
  }

  func say() {
    for warning in warnings { Terminal.warning(warning) }
    if let unknown { Terminal.message("the controller's version is not known: \(unknown)") }
  }
}

/// Why a version is not known.
struct VersionUnknown: Error {
  let words: String
}

extension Controller {
  /// The version that the controller's Deployment names: the tag of its image, else its label.
  func version(_ service: Service) -> Result<ControllerVersion, VersionUnknown> {
    guard let answer = try? deployment(of: service), let root = Controller.json(answer) else {
      return .failure(VersionUnknown(words: "its Deployment cannot be read"))
    }
    let containers = root.at("spec", "template", "spec", "containers")?.items ?? []
    let images = containers.compactMap { $0["image"]?.scalar }.filter { $0.holds("sealed-secrets") }
    let tags = images.compactMap { Controller.tag(of: $0) }
    let label = root.at("metadata", "labels")?["app.kubernetes.io/version"]?.scalar
    for text in tags + [label].compactMap({ $0 }) {
      if let version = ControllerVersion(text) { return .success(version) }
    }
    return .failure(
      VersionUnknown(
        words: images.first.map { "its image '\($0)' has no version" }
          ?? "it has no image of its own"))
  }

  /// The tag of an image: behind the last colon that is no port's, before a digest.
  private static func tag(of image: String) -> String? {
    let name = Path.name(image.place(of: "@")?.before ?? image)
    return name.place(of: ":")?.after
  }

  /// The certificate that the controller has made last.
  func newest(_ service: Service) throws -> SealingCertificate {
    try SealingCertificate(
      pem: try certificateFile(service), path: "the certificate of \(service.name)",
      now: Surroundings.now())
  }
}
