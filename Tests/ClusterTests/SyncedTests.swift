/// Whether a SealedSecret is as the lock file has it, and whether its status speaks of that.

import Kubernetes
import Manifests
import Planning
import Testing
import YAML

@testable import Cluster

@Suite("A SealedSecret and its status")
struct SyncedTests {
  private let digest = "sha256:" + anyDigest([0x02])

  private func sealed(
    items: String = "\"a\": \"Ag==\"", rotation: String = "r-1", status: String? = nil,
    wanted: String = "r-1", template: String = ""
  ) throws -> Node {
    let status =
      status
      ?? "\"observedGeneration\": 3, \"conditions\": [{\"type\": \"Synced\", \"status\": \"True\"}]"
    return try Recorded.json(
      """
      {"metadata": {"name": "s", "generation": 3,
                    "annotations": {"\(Rollout.rotationAnnotation)": "\(rotation)"}},
       "spec": {"encryptedData": {\(items)},
                "template": {"metadata": {"annotations": {
                  "\(Rollout.rotationAnnotation)": "\(wanted)"\(template)}}}},
       "status": {\(status)}}
      """)
  }

  private func secret(rotation: String = "r-1", more: String = "") throws -> Node {
    try Recorded.json(
      """
      {"metadata": {"name": "s", \(more)
                    "annotations": {"\(Rollout.rotationAnnotation)": "\(rotation)"}}}
      """)
  }

  private func judgement(
    _ listing: Listing, _ reading: SecretReading = .absent, digests: [String: String?]? = nil,
    rotation: String? = "r-1"
  ) -> SecretJudgement {
    SecretJudgement(
      name: "s", rotation: rotation, digests: digests ?? ["a": digest],
      objects: NamespaceObjects(
        listings: [.sealedSecret: listing], secrets: [("s", reading)]), sha256: anyDigest)
  }

  @Test("it is synced if every item has its digest, or is absent, and the rotation is the file's")
  func synced() throws {
    func kind(
      _ node: Node, digests: [String: String?]? = nil, rotation: String? = "r-1"
    ) -> Answer.Kind {
      judgement(.objects([node]), digests: digests, rotation: rotation).synced.kind
    }
    #expect(kind(try sealed()) == .yes)
    #expect(kind(try sealed(items: "\"a\": \"AQ==\"")) == .no)
    #expect(kind(try sealed(items: "")) == .no)
    #expect(kind(try sealed(), digests: ["a": digest, "b": nil]) == .yes)
    #expect(kind(try sealed(), digests: ["a": nil]) == .no)
    #expect(kind(try sealed(items: "\"a\": \"Ag==\", \"c\": \"AQ==\"")) == .yes)
    #expect(kind(try sealed(rotation: "r-0")) == .no)
    #expect(kind(try sealed(rotation: "r-0"), rotation: nil) == .yes)
  }

  @Test("without the object, the kind or an answer, nothing is synced or made")
  func unread() {
    for (listing, kind) in [
      (Listing.objects([]), Answer.Kind.no), (.noSuchKind, .no), (.unread("timeout"), .unknown),
    ] {
      #expect(judgement(listing).synced.kind == kind)
      #expect(judgement(listing).unsealed.kind == kind)
    }
  }

  @Test("a status of an older generation is believed only for a Secret that is still older")
  func observed() throws {
    func kind(
      _ status: String, _ reading: SecretReading, wanted: String = "r-1"
    ) throws -> Answer.Kind {
      judgement(.objects([try sealed(status: status, wanted: wanted)]), reading).unsealed.kind
    }
    let done = "\"conditions\": [{\"type\": \"Synced\", \"status\": \"True\"}]"
    let (current, old) = (
      "\"observedGeneration\": 3, \(done)", "\"observedGeneration\": 2, \(done)"
    )
    let made = SecretReading.metadata(try secret())
    #expect(try kind(current, made) == .yes)
    #expect(try kind(old, made) == .unknown)
    #expect(try kind(done, made) == .unknown)
    #expect(try kind(old, .metadata(try secret(rotation: "r-0"))) == .no)
    #expect(try kind(old, .forbidden) == .unknown)
    #expect(try kind(old, .absent) == .no)
    #expect(try kind(current, .absent) == .no)
    #expect(try kind(current, .forbidden) == .yes)
    #expect(try kind(current, .unread("timeout")) == .unknown)
    // It is not known whether the controller has seen it at all.
    #expect(try kind("\"observedGeneration\": 3", made) == .unknown)
    #expect(
      try kind(current.replacing("\"True\"", with: "\"Unknown\""), made) == .unknown)
  }

  @Test("a failure is said in the controller's words, whatever generation it is of")
  func failed() throws {
    func reason(_ message: String) throws -> String {
      let status =
        "\"conditions\": [{\"type\": \"Synced\", \"status\": \"False\"\(message)}]"
      return judgement(.objects([try sealed(status: status)]), .metadata(try secret())).unsealed
        .reason
    }
    #expect(try reason(", \"message\": \"no key\"") == "SealedSecret/s status: no key")
    #expect(try reason(", \"message\": \"\"") == "SealedSecret/s status: not synced")
    #expect(try reason("") == "SealedSecret/s status: not synced")
  }

  @Test("a Secret that is going, or of another rotation, is not as it was made")
  func made() throws {
    func kind(_ secret: Node) throws -> Answer.Kind {
      judgement(.objects([try sealed()]), .metadata(secret)).unsealed.kind
    }
    #expect(try kind(secret()) == .yes)
    #expect(try kind(secret(rotation: "r-0")) == .no)
    #expect(
      try kind(secret(more: "\"deletionTimestamp\": \"2026-01-01T00:00:00Z\",")) == .no)
  }

  @Test("somebody else's keys are an edit, unless the Secret is shared")
  func shared() throws {
    func kind(_ keys: String, isShared: Bool) throws -> Answer.Kind {
      let fields = """
        "managedFields": [
          {"manager": "controller", "time": "2026-01-01T00:00:00Z",
           "fieldsV1": {"f:data": {"f:a": {}}}},
          {"manager": "other", "time": "2026-01-02T00:00:00Z",
           "fieldsV1": {"f:data": {\(keys)}}}],
        """
      let template = isShared ? ", \"sealedsecrets.bitnami.com/patch\": \"true\"" : ""
      return judgement(
        .objects([try sealed(template: template)]), .metadata(try secret(more: fields))
      ).unsealed.kind
    }
    #expect(try kind("\"f:own\": {}", isShared: true) == .yes)
    #expect(try kind("\"f:own\": {}", isShared: false) == .no)
    #expect(try kind("\"f:a\": {}", isShared: true) == .no)
  }
}
