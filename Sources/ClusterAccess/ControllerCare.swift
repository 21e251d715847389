/// What the user should know about the running controller: its version, and whether it has a newer
/// key.
///
/// Nothing here fails or decides an exit status, because a user of the controller may not be
/// allowed to read its Deployment.

package import Kubernetes
internal import Processes
internal import Reporting
internal import Text
internal import YAML

/// What was found out about a controller.
package struct ControllerCare {
  /// The warnings, each with a hint.
  private(set) var warnings: [Diagnostic] = []
  /// Why the version is unknown; nil if it is known.
  private(set) var unknown: String?
  /// The version of the controller; nil if it is unknown.
  package private(set) var version: ControllerVersion?

  /// Examines a controller.
  ///
  /// - Parameter certificate: the environment's certificate; nil if there is none to compare.
  /// - Parameter environment: the environment's name, for the command in the hint.
  package init(_ controller: Controller, certificate: SealingCertificate?, environment: String?) {
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
            "the controller \(service.name) has version \(version): before \(floor), anybody who can reach its service (by default every authenticated user of the cluster) can learn values from their ciphertexts through \(endpoints)",
            hint:
              "update it to \(floor) or newer; until then, remove system:authenticated from the RoleBinding sealed-secrets-service-proxier, and block other pods from the service with a NetworkPolicy"
          ))
      }
    case .failure(let reason): unknown = reason.words
    }
    guard let certificate, let newest = try? controller.newest(service),
      newest.fingerprint != certificate.fingerprint,
      newest.notBefore > certificate.notBefore
    else { return }
    let name = environment.map { " \(CLI.env) \($0)" } ?? ""
    warnings.append(
      Diagnostic(
        "the controller \(service.name) has a newer key than \(certificate.path): \(newest.fingerprint), since \(newest.notBefore.day)",
        hint: "fetch, compare and pin it: moltseal cert fetch\(name)"))
  }

  /// Says the warnings, and why the version is unknown.
  package func say() {
    for warning in warnings { Notices.warn(warning) }
    if let unknown { Notices.say("the controller's version is unknown: \(unknown)") }
  }
}

/// Why a version is unknown.
package struct VersionUnknown: Error {
  /// The reason, as the end of a sentence.
  package let words: String
}

extension Controller {
  /// Returns the version in the controller's Deployment: the tag of its image, or else its label.
  package func version(_ service: Service) -> Result<ControllerVersion, VersionUnknown> {
    guard let answer = try? deployment(of: service), let root = Controller.json(answer) else {
      return .failure(VersionUnknown(words: "its Deployment cannot be read"))
    }
    guard
      let image = Controller.image(
        of: root.at("spec", "template", "spec", "containers")?.items ?? [])
    else {
      return .failure(
        VersionUnknown(words: "its Deployment has no image that is known to be the controller's"))
    }
    if let tag = Controller.tag(of: image) {
      if let version = Controller.release(tag) { return .success(version) }
    } else if let label = root.at("metadata", "labels")?["app.kubernetes.io/version"]?.scalar,
      let version = Controller.release(label)
    {
      return .success(version)
    }
    return .failure(VersionUnknown(words: "its image '\(image)' names no known version"))
  }

  /// Returns the image of the controller's container, not of one beside it.
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

  /// Parses a released version; rejects dates and pre-releases.
  private static func release(_ text: String) -> ControllerVersion? {
    let isEarly = ["-rc", "-alpha", "-beta", "-dev"].contains { text.lowercased().holds($0) }
    guard !isEarly, let version = ControllerVersion(text), version.major <= 1 else { return nil }
    return version
  }

  /// Returns an image's tag: after the last colon that is not a port's, before a digest.
  private static func tag(of image: String) -> String? {
    let name = Path.name(image.place(of: "@")?.before ?? image)
    return name.place(of: ":")?.after
  }

  /// Returns the controller's newest certificate.
  package func newest(_ service: Service) throws -> SealingCertificate {
    try SealingCertificate(
      pem: try certificateFile(service), path: "the certificate of \(service.name)",
      now: Surroundings.now())
  }
}
