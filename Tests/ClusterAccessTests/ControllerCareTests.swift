/// The version of a controller, read off its Deployment, and what is said about it.

import Kubernetes
import Reporting
import TestSupport
import Testing
import Text

@testable import ClusterAccess

@Suite("The controller's version")
struct ControllerCareTests {
  private let folder: TemporaryFolder
  private let controller: Controller

  init() throws {
    folder = try TemporaryFolder(["service": "{\"spec\": {\"ports\": [{\"name\": \"http\"}]}}"])
    controller = try Controller(
      try folder.kubectl(
        """
        case "$4" in
          /api/v1/namespaces/ns/services/own) cat '\(folder("service"))' ;;
          /apis/apps/v1/namespaces/ns/deployments/own) cat '\(folder("deployment"))' ;;
          *) exit 1 ;;
        esac
        """), namespace: "ns", name: "own")
  }

  /// Each container is a name and an image.
  private func deploy(_ containers: [(name: String, image: String)], label: String? = nil) throws {
    let list = containers.map { "{\"name\": \"\($0.name)\", \"image\": \"\($0.image)\"}" }
    let labels = label.map { "\"app.kubernetes.io/version\": \"\($0)\"" } ?? ""
    try folder.write(
      "deployment",
      """
      {"metadata": {"labels": {\(labels)}},
       "spec": {"template": {"spec": {"containers": [\(list.joined(separator: ", "))]}}}}
      """)
  }

  /// The version, or why it is unknown.
  private func version(_ containers: (String, String)..., label: String? = nil) throws -> String {
    try deploy(containers.map { (name: $0.0, image: $0.1) }, label: label)
    return switch controller.version(Controller.Service(path: "/p", name: "ns/own")) {
    case .success(let version): version.description
    case .failure(let reason): reason.words
    }
  }

  @Test("the tag of an image is its version, whatever registry and digest it has")
  func tags() throws {
    for (image, found) in [
      ("sealed-secrets-controller:0.27.1", "0.27.1"), ("d.io/b/sealed-secrets:v0.30.0", "0.30.0"),
      ("registry:5000/sealed-secrets:v0.30@sha256:ab", "0.30.0"),
      ("sealed-secrets:0.27.1-debian-12-r3", "0.27.1"), ("sealed-secrets:1.2.3", "1.2.3"),
    ] {
      #expect(try version(("c", image)) == found, "\(image)")
    }
  }

  @Test("a tag that is no release, such as a date or an early version, is not known")
  func noRelease() throws {
    for tag in ["latest", "2.0.0", "2024.1.1", "0.27.1-rc1", "0.27.1-BETA.2", "v0.40.0-dev"] {
      let image = "sealed-secrets:\(tag)"
      #expect(
        try version(("c", image), label: "0.31.0")
          == "its image '\(image)' names no known version", "\(tag)")
    }
  }

  @Test("the label counts only where the image has no tag")
  func label() throws {
    for image in ["sealed-secrets", "registry:5000/sealed-secrets", "sealed-secrets@sha256:ab"] {
      #expect(try version(("c", image), label: "v0.31.0") == "0.31.0", "\(image)")
      #expect(try version(("c", image)) == "its image '\(image)' names no known version")
      #expect(try version(("c", image), label: "0.31.0-alpha").begins(with: "its image"))
    }
  }

  @Test("the controller's image is found by its own name, else by its container's")
  func containers() throws {
    #expect(
      try version(("sealed-secrets", "x/proxy:0.1.0"), ("c", "x/sealed-secrets:0.29.0"))
        == "0.29.0")
    #expect(
      try version(("proxy", "x/proxy:0.1.0"), ("sealed-secrets-controller", "mirror/ab:0.28.0"))
        == "0.28.0")
    #expect(
      try version(("proxy", "x/proxy:0.1.0"), ("c", "x/sealed-secrets-proxy:0.2.0"))
        == "its Deployment has no image that is known to be the controller's")
    #expect(try version() == "its Deployment has no image that is known to be the controller's")
  }

  @Test("a Deployment that cannot be read has no version")
  func noDeployment() throws {
    let care = ControllerCare(controller, certificate: nil, environment: nil)
    #expect(care.unknown == "its Deployment cannot be read")
    #expect(care.version == nil && care.warnings.isEmpty)
    try folder.write("deployment", "{}{}")
    #expect(
      ControllerCare(controller, certificate: nil, environment: nil).unknown
        == "its Deployment cannot be read")
  }

  @Test("a controller that leaks is warned of, with the endpoints that leak and what to do")
  func leaks() throws {
    for (tag, endpoints) in [
      ("0.38.4", "/v1/verify and /v1/rotate"), ("0.39.9", "/v1/rotate"), ("0.40.0", nil),
      ("0.41.0", nil),
    ] as [(String, String?)] {
      try deploy([("c", "sealed-secrets:\(tag)")])
      let care = ControllerCare(controller, certificate: nil, environment: nil)
      #expect(care.version == ControllerVersion(tag) && care.unknown == nil)
      #expect(care.warnings.count == (endpoints == nil ? 0 : 1), "\(tag)")
      guard let endpoints else { continue }
      #expect(
        care.warnings.first?.message.begins(
          with: "the controller ns/own has version \(tag): before 0.40.0") == true)
      #expect(care.warnings.first?.message.ends(with: "through \(endpoints)") == true)
      #expect(care.warnings.first?.hint?.begins(with: "update it to 0.40.0 or newer") == true)
    }
  }

  @Test("without a service nothing else is asked for")
  func noService() throws {
    try deploy([("c", "sealed-secrets:0.30.0")])
    let kubectl = try folder.kubectl("exit 1")
    let care = ControllerCare(
      try Controller(kubectl, namespace: "ns", name: "own"), certificate: nil, environment: nil)
    #expect(care.unknown == "its service cannot be read")
    #expect(care.version == nil && care.warnings.isEmpty)
  }
}
