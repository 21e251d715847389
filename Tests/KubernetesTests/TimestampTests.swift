/// Times as the lock file and rotation ids write them.

import Kubernetes
import Testing

@Suite("Timestamps")
struct TimestampTests {
  @Test("what is written is read back, and nothing else is read")
  func roundTrip() {
    for seconds in [0, 1, 951_782_400, 1_800_000_000, 4_102_444_799, -62_135_596_800] {
      let time = Timestamp(seconds: seconds)
      #expect(Timestamp(time.description) == time)
      #expect(Timestamp(compact: time.compact) == time)
      #expect(Timestamp(rotation: "r-\(time.compact)-0123456789abcdef") == time)
    }
    for text in [
      "", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
      "2026-1-1T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+00:00",
      "2026-01-01T00:00:00Z ", "٢٠٢٦-01-01T00:00:00Z",
    ] {
      #expect(Timestamp(text) == nil, "\(text)")
    }
    for text in ["r-20260101T000000Z", "x-20260101T000000Z-0", "r-20260101T000000-0", "r--0", ""] {
      #expect(Timestamp(rotation: text) == nil, "\(text)")
    }
  }

  @Test("a leap day exists in its years only")
  func leapDays() {
    #expect(Timestamp("2028-02-29T00:00:00Z")?.day == "2028-02-29")
    #expect(Timestamp("2000-02-29T00:00:00Z") != nil)
    #expect(Timestamp("2100-02-29T00:00:00Z") == nil)
  }

  @Test("times are ordered by their seconds")
  func order() {
    #expect(Timestamp(seconds: 1) < Timestamp(seconds: 2))
    #expect(!(Timestamp(seconds: 2) < Timestamp(seconds: 2)))
  }
}

@Suite("Versions of the controller")
struct ControllerVersionTests {
  @Test(
    "versions are read with and without a v, and without what follows",
    arguments: [
      ("0.38.4", ControllerVersion(0, 38, 4)), ("v0.38", ControllerVersion(0, 38)),
      ("0.38.4-rc1", ControllerVersion(0, 38, 4)), ("0.38.4+build", ControllerVersion(0, 38, 4)),
      ("0.99999.0", ControllerVersion(0, 99_999)), ("0.100000.0", nil), ("0", nil), ("", nil),
      ("0.38.4.1", nil), ("0..4", nil), ("a.b", nil), ("latest", nil),
    ] as [(String, ControllerVersion?)])
  func read(text: String, version: ControllerVersion?) {
    #expect(ControllerVersion(text) == version)
  }

  @Test("what a version does changes at that version")
  func behaviour() {
    func version(_ minor: Int) -> ControllerVersion { ControllerVersion(0, minor) }
    #expect(!version(36).rendersSiblings && version(37).rendersSiblings)
    #expect(!version(39).leavesNullOut && version(40).leavesNullOut)
    #expect(!version(38).verifiesDecryptionAlone && version(39).verifiesDecryptionAlone)
    #expect(version(38).oracle?.endpoints == "/v1/verify and /v1/rotate")
    #expect(version(39).oracle?.endpoints == "/v1/rotate")
    #expect(version(40).oracle == nil)
    #expect(ControllerVersion(0, 38, 9) < version(39) && version(39) < ControllerVersion(1, 0))
  }
}

@Suite("Copies of a Secret")
struct SecretCopiesTests {
  private let reflector = "reflector.v1.k8s.emberstack.com/"

  private func copies(_ pairs: [(String, String)], named: [String] = []) -> SecretCopies {
    SecretCopies(pairs.map { (key: $0.0, value: $0.1) }, own: "own", named: named)
  }

  @Test("namespaces that annotations list are known, without the Secret's own")
  func listed() {
    let found = copies([(reflector + "reflection-auto-namespaces", "a, b,own,a,")])
    #expect(found.namespaces == ["a", "b"])
    #expect(found.open == nil && found.pulled == nil)
  }

  @Test("a pattern, or a switch without a list, selects namespaces that nobody names")
  func open() {
    let pattern = reflector + "reflection-auto-namespaces"
    #expect(copies([(pattern, "team-.*")]).open == pattern)
    let enabled = reflector + "reflection-allowed"
    #expect(copies([(enabled, "true")]).open == enabled)
    #expect(copies([(enabled, "false")]).open == nil)
    #expect(copies([(enabled, "true"), (pattern, "a")]).open == nil)
    #expect(copies([(enabled, "true")], named: ["a", "own"]).open == nil)
    #expect(copies([(enabled, "true")], named: ["a", "own"]).namespaces == ["a"])
  }

  @Test("an annotation that lets others take a copy is remembered")
  func pulled() {
    let allowed = reflector + "reflection-allowed-namespaces"
    #expect(copies([(allowed, "a")]).pulled == allowed)
    #expect(copies([(allowed, "a")]).namespaces == ["a"])
  }
}
