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
    guard
      let image = Controller.image(
        of: root.at("spec", "template", "spec", "containers")?.items ?? [])
    else { return .failure(VersionUnknown(words: "it has no image that is known to be its own")) }
    if let tag = Controller.tag(of: image) {
      if let version = Controller.release(tag) { return .success(version) }
    } else if let label = root.at("metadata", "labels")?["app.kubernetes.io/version"]?.scalar,
      let version = Controller.release(label)
    {
      return .success(version)
    }
    return .failure(VersionUnknown(words: "its image '\(image)' names none that is known"))
  }

  /// The image of the container that is the controller, and not one beside it.
  private static func image(of containers: [Node]) -> String? {
    func name(_ image: String) -> String {
      let name = Path.name(image.place(of: "@")?.before ?? image)
      return name.place(of: ":")?.before ?? name
    }
    let all = containers.compactMap { container in
      container["image"]?.scalar.map { (container: container["name"]?.scalar ?? "", image: $0) }
    }
    let own = ["sealed-secrets-controller", "sealed-secrets"]
    return
      (all.first { own.contains(name($0.image)) } ?? all.first { own.contains($0.container) })?
      .image
  }

  /// A version that the project has released or will; no date, and nothing that comes before a release.
  private static func release(_ text: String) -> ControllerVersion? {
    let isEarly = ["-rc", "-alpha", "-beta", "-dev"].contains { text.lowercased().holds($0) }
    guard !isEarly, let version = ControllerVersion(text), version.major <= 1 else { return nil }
    return version
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
