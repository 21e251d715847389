/// Files of text in, files of text out.

import Foundation
import Kubernetes
import Manifests
import Testing
import YAML

@Suite("Manifests")
struct ManifestsTests {
  @Test(
    "times are written as RFC 3339 and read back",
    arguments: [0, 951_782_400, 1_709_210_096, 4_102_444_799, -1])
  func times(seconds: Int) {
    let time = Timestamp(seconds: seconds)
    #expect(Timestamp(time.description) == time)
  }

  @Test("known days, and days that do not exist")
  func days() {
    #expect(Timestamp(seconds: 1_709_210_096).description == "2024-02-29T12:34:56Z")
    #expect(Timestamp(seconds: 0).compact == "19700101T000000Z")
    for text in [
      "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01", "2024-13-01T00:00:00Z",
    ] {
      #expect(Timestamp(text) == nil)
    }
  }

  @Test("a lock file is read back as it was written, to the byte")
  func lockFile() throws {
    var lock = LockFile()
    let id = LockFile.ItemID(namespace: "ns", secret: "app", key: "URL")
    lock.credentials["db"] = .init(rotation: "r-1", time: Timestamp(seconds: 1_700_000_000))
    lock.items[id] = .init(
      expression: "a: \"${db|uri}\" # \n", scope: .namespaceWide, certificate: "sha256:ab",
      ciphertext: "sha256:cd", rotations: ["db": "r-1"])
    lock.order = [id]
    let bytes = lock.render(environment: "prod")
    let again = try LockFile(SourceText(bytes))
    #expect(again == lock)
    #expect(again.render(environment: "prod") == bytes)
  }

  @Test("the annotation of a long Secret name is hashed to 63 characters or fewer")
  func podAnnotations() {
    /// Stands in for SHA-256: 64 digits that tell texts apart by their length.
    @Sendable func digest(_ bytes: [UInt8]) -> String {
      String(repeating: "\(bytes.count % 10)", count: 64)
    }
    func annotation(_ name: String) -> String { Rollout.podAnnotation(secret: name, digest) }
    #expect(annotation("app") == "moltseal.dev/rotation-app")
    #expect(
      annotation(String(repeating: "a", count: 54)).hasSuffix(
        "-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
    let long = annotation(String(repeating: "a", count: 55))
    #expect(long == "moltseal.dev/rotation-" + String(repeating: "5", count: 40))
    #expect(long != annotation(String(repeating: "a", count: 56)))
  }

  private let kustomization = """
    resources: # these
    - a.yml

    # dev only
    secretGenerator:
      - name: one # first
        literals: [a=b]
      # about two
      - name: two
        options: {annotations: {x: "1"}}
    generatorOptions:
      annotations: {y: "2"}
    """

  @Test("one entry goes, and with the last one the key and its options")
  func generators() throws {
    var all = try Kustomization(SourceText(Array(kustomization.utf8)))
    #expect(all.generators.map(\.name) == ["one", "two"])
    #expect(all.generators[1].annotations == ["x": "1", "y": "2"])
    var some = all
    try some.removeGenerators(named: ["two"])
    #expect(!String(decoding: some.bytes, as: UTF8.self).contains("two"))
    #expect(some.generators.map(\.name) == ["one"])
    try all.removeGenerators(named: ["one", "two"])
    #expect(String(decoding: all.bytes, as: UTF8.self) == "resources: # these\n- a.yml\n\n")
    let stripped = all.bytes
    try all.removeGenerators()
    #expect(all.bytes == stripped)
  }

  @Test("keys are found whatever their case, and resources are added once")
  func resources() throws {
    var file = try Kustomization(
      SourceText(Array("Resources: [a.yml]\nsecretgenerator: [{name: x}]\n".utf8)))
    try file.removeGenerators()
    try file.addResources(["b.yml", "a.yml"])
    try file.addResources(["b.yml"])
    #expect(String(decoding: file.bytes, as: UTF8.self) == "Resources: [a.yml, b.yml]\n")
  }
}

extension ManifestsTests {
  @Test("what is sent to a controller is JSON with the fields of a SealedSecret alone")
  func rewritten() throws {
    let text = """
      apiVersion: bitnami.com/v1alpha1
      kind: SealedSecret
      other: {a: b}
      metadata: {name: app, namespace: demo, uid: x, annotations: {a: b}}
      spec:
        encryptedData: {k: AA==}
        more: 1
        template: {immutable: yes, type: Opaque, data: {u: '{{ .k }}'}, odd: 1}
      """
    let root = try #require(try parseStream(Array(text.utf8)).first?.root)
    let document = try SealedSecretDocument(root, index: 0)
    var bytes: [UInt8] = []
    JSONWriter.write(document.rewritten(root), to: &bytes)
    let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    let fields = try #require(object)
    #expect(Set(fields.keys) == ["apiVersion", "kind", "metadata", "spec"])
    let metadata = try #require(fields["metadata"] as? [String: Any])
    #expect(Set(metadata.keys) == ["name", "namespace", "annotations"])
    let spec = try #require(fields["spec"] as? [String: Any])
    #expect(Set(spec.keys) == ["encryptedData", "template"])
    let template = try #require(spec["template"] as? [String: Any])
    #expect(Set(template.keys) == ["type", "immutable", "data"])
    #expect(template["immutable"] as? Bool == true)
  }
}
