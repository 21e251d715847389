/// Whether a Secret is as the controller has made it, and since when, on answers of a real API server.

import Kubernetes
import Manifests
import Planning
import Testing
import YAML

@testable import Cluster

@Suite("A Secret and its SealedSecret")
struct SecretJudgementTests {
  private func judgement(
    _ state: String, sealed: String? = nil, reading: SecretReading? = nil
  ) throws -> SecretJudgement {
    let live = try Recorded.object("\(sealed ?? state)-sealedsecret")
    let secret = try Recorded.object("\(state)-secret")
    let name = try #require(live.objectName)
    return SecretJudgement(
      name: name, rotation: live.annotation(Rollout.rotationAnnotation), digests: [:],
      objects: NamespaceObjects(
        listings: [.sealedSecret: .objects([live])],
        secrets: [(name, reading ?? .metadata(secret))]), sha256: anyDigest)
  }

  @Test(
    "what the controller has made, made again or repaired is its own",
    arguments: [
      ("m01", "m01"), ("m02", "m02"), ("m03", "m03"), ("m05", "m05"), ("m06b", "m06b"),
      ("m06c-0-before", "m06c-0-before"), ("m06c-2-restarted", "m06c-0-before"),
      ("m10-0-before", "m10-0-before"), ("m10-1-after", "m10-1-after"), ("m11", "m11"),
      ("m11b", "m11b"), ("m12a", "m12a"),
    ])
  func own(_ state: String, _ sealed: String) throws {
    #expect(try judgement(state, sealed: sealed).unsealed.kind == .yes)
  }

  @Test(
    "after an adoption, values that still belong to who wrote them first are no edit",
    arguments: [
      "m08-1-adopted", "m08-2-owned", "m08-3-rotated", "m08s-1-adopted", "m08s-2-owned",
      "m08s-3-rotated", "m09-1-adopted", "m09-2-owned", "m09-3-rotated",
    ])
  func adopted(_ state: String) throws {
    let unsealed = try judgement(state).unsealed
    // Without an annotation of a rotation there is nothing that says it is older.
    #expect(unsealed.kind == .yes, "\(unsealed.reason)")
  }

  @Test(
    "a value that somebody wrote at the controller's second or later is an edit",
    arguments: [
      ("m04", "m04", "kubectl-patch"), ("m05b", "m05", "kubectl-edit"),
      ("m07", "m07", "second-writer"), ("m06c-1-added", "m06c-0-before", "kubectl-patch"),
    ])
  func edited(_ state: String, _ sealed: String, _ editor: String) throws {
    let unsealed = try judgement(state, sealed: sealed).unsealed
    #expect(unsealed.kind == .no)
    #expect(unsealed.reason.contains("'\(editor)'"))
  }

  @Test("a key that somebody has removed leaves no writer, and is missed")
  func removed() throws {
    let unsealed = try judgement("m06").unsealed
    #expect(unsealed.kind == .no)
    #expect(unsealed.reason.contains("APIKEY"))
  }

  @Test("a Secret that nobody may read is taken at the controller's word; one that failed is not")
  func unread() throws {
    #expect(try judgement("m04", reading: .forbidden).unsealed.kind == .yes)
    #expect(try judgement("m04", reading: .unread("timeout")).unsealed.kind == .unknown)
    #expect(try judgement("m04", reading: .absent).unsealed.kind == .no)
  }

  @Test("the Secret itself says since when it is as it is: not a new ciphertext of the same value")
  func madeTime() throws {
    func made(_ state: String, _ sealed: String? = nil, _ reading: SecretReading? = nil) throws
      -> String?
    {
      try judgement(state, sealed: sealed, reading: reading).madeTime.value?.description
    }
    #expect(try made("m02") == "2026-11-29T22:33:34Z")
    #expect(try made("m05") == "2026-11-29T22:33:55Z", "a repair counts")
    #expect(try made("m11") == "2026-11-29T22:35:04Z")
    #expect(try made("m11", nil, .forbidden) == "2026-11-29T22:35:08Z", "the status alone")
  }

  @Test("a controller that leaves its time as it was is not believed, where the Secret is not read")
  func oldController() throws {
    let live = try Recorded.json(
      """
      {"metadata": {"name": "s", "annotations": {"moltseal.dev/rotation": "r-20261124T001100Z-1"}},
       "status": {"conditions": [{"type": "Synced", "status": "True",
                                  "lastUpdateTime": "2026-11-24T00:00:59Z"}]}}
      """)
    func made(_ rotation: String) -> Known<Timestamp> {
      SecretJudgement(
        name: "s", rotation: rotation, digests: [:],
        objects: NamespaceObjects(
          listings: [.sealedSecret: .objects([live])], secrets: [("s", .forbidden)]),
        sha256: anyDigest
      ).madeTime
    }
    #expect(made("r-20261124T001100Z-1").value == nil)
    #expect(made("r-20261124T001059Z-1").value != nil, "clocks differ by ten minutes at most")
    #expect(made("anything").value != nil)
  }
}
