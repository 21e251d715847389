/// What a refusal says, and what it says to do.

import Kubernetes
import Reporting
import Testing
import Workspace
import YAML

@testable import Planning
@testable import Words

@Suite("Words of refusals")
struct RefusalWordsTests {
  typealias Reason = Refusal.Reason

  private static func gates(_ answers: Answer...) -> [GateState] {
    zip([Gate.nextIsKnown, .tokensOfPreviousAreDead], answers).map {
      GateState(gate: $0, answer: $1)
    }
  }

  /// One refusal of each case.
  private static let all: [Reason] = [
    .unknownCredential("a", known: ["b"]), .unusedCredential("a"), .neverSealed("a"),
    .unknownSecretName("s", field: "scopes", environment: "e", known: ["t"]),
    .lockMissing(sealed: "s", lock: "l", supplied: []),
    .liveWithoutLock(sealed: "s", lock: "l", environment: "e"),
    .liveUnknown(key: "k", secret: "s", environment: "e"),
    .supplyMissing(credential: "c", variable: "V"),
    .scopeTooWide(secret: "s", asked: .clusterWide, allowed: .strict),
    .otherNamespace(template: "t", environment: "e", name: "n"), .noNamespace(secret: "s"),
    .cannotStay(key: "k", secret: "s", .notSealedYet, credentials: ["c"]),
    .valueUnknown(key: "k", secret: "s", credentials: ["c"], renewed: ["d"]),
    .previousCannotStay(key: "k", secret: "s", .unknownToLock, credential: "c"),
    .cannotBecomePrevious(key: "k", previous: "p", secret: "s", .otherCiphertext, credential: "c"),
    .cannotBecomeCurrent(key: "k", current: "u", secret: "s", .otherKey("f"), credential: "c"),
    .withoutNext(key: "k", secret: "s", credential: "c", isDerived: true),
    .withoutNext(key: "k", secret: "s", credential: "c", isDerived: false),
    .previousStillLives(key: "k", secret: "s", credential: "c", gates: gates(.no("r"))),
    .cannotFollow(key: "k", secret: "s", credential: "c"),
    .gateClosed(credential: "c", step: .rotate, gates: gates(.no("r")), hasSettle: true),
    .roleGone(credential: "c", role: "a", roles: ["b", "d"]),
  ]

  @Test("each refusal says in one line what is wrong and what to do", arguments: all)
  func hints(reason: Reason) {
    let (message, hint) = reason.words
    for text in [message, hint] {
      #expect(!text.isEmpty && !text.hasSuffix(".") && !text.contains("\n"))
    }
    #expect(message != hint)
  }

  @Test("a refusal is reported where it is, or in the workspace file")
  func place() {
    let place = Location(line: 4, column: 2)
    let own = Refusal(reason: .unusedCredential("a"), file: "t.yml", location: place).diagnostic
    #expect(own.text == "t.yml:4:2: no template uses 'a', so there is nothing to seal")
    #expect(own.hint == "leave it out")
    let other = Refusal(reason: .unusedCredential("a"), file: nil, location: nil).diagnostic
    #expect(other.text.hasPrefix("moltseal.yml: no template"))
  }

  @Test("a name that is nearly one that exists is answered with that one")
  func nearest() {
    #expect(
      Reason.unknownCredential("dbb", known: ["key", "db"]).words
        == (
          "no credential is named 'dbb'; did you mean 'db'?", "the workspace has: key, db"
        ))
    #expect(
      Reason.unknownSecretName("zzz", field: "scopes", environment: "prod", known: ["app"]).words
        == (
          "scopes of 'prod' names 'zzz', which is in no template", "the templates have: app"
        ))
  }

  @Test("a new value for everything names what has to be supplied")
  func lockMissing() {
    let start = "restore the lock file from git; or give everything new values: "
    for (supplied, end) in [([], ""), (["a"], " --only a"), (["a", "b"], " --only a b")] {
      let (message, hint) = Reason.lockMissing(sealed: "s", lock: "l", supplied: supplied).words
      #expect(message == "'s' exists, but its lock file 'l' does not")
      #expect(hint == start + "moltseal rotate --all" + end)
    }
  }

  @Test("what is refused and what is allowed are not mixed up")
  func order() {
    #expect(
      Reason.scopeTooWide(secret: "s", asked: .clusterWide, allowed: .strict).words
        == (
          "the template asks for scope cluster-wide, but the environment allows strict",
          "remove the annotation, or set scopes: {s: cluster-wide}"
        ))
    #expect(
      Reason.otherNamespace(template: "t", environment: "e", name: "prod").words.message
        == "the template has namespace 't', but environment 'prod' has 'e'")
    #expect(
      Reason.valueUnknown(key: "k", secret: "s", credentials: ["c", "d"], renewed: ["e"]).words
        == (
          "'k' of 's' also needs the value of 'c', 'd', which is not known here",
          "renew all of them: moltseal rotate --only e c d"
        ))
    #expect(
      Reason.roleGone(credential: "c", role: "a", roles: ["b", "d"]).words.message
        == "the lock file says that role 'a' of 'c' is in use, but its roles are now b and d")
    #expect(
      Reason.supplyMissing(credential: "c", variable: "MOLTSEAL_C").words.hint
        == "set MOLTSEAL_C, or pass --supply c=@FILE")
  }

  @Test("a closed gate is waited for if it is known, and looked at if it is not")
  func gateClosed() {
    func words(_ gates: [GateState], _ hasSettle: Bool) -> (message: String, hint: String) {
      Reason.gateClosed(credential: "c", step: .rotate, gates: gates, hasSettle: hasSettle).words
    }
    let known = words(Self.gates(.no("p is old"), .noUntilRestart("q")), false)
    #expect(
      known.message
        == "'c' cannot take its next step (rotate) yet: it is not yet true that every pod has today's next key (p is old); it is not yet true that no token of the previous key is still valid (q)"
    )
    #expect(known.hint == "wait, and run it again; moltseal live shows the progress")
    let mixed = Self.gates(.no("p"), .unknown("nobody looked"))
    #expect(
      words(mixed, true).message.hasSuffix(
        "it is not known that no token of the previous key is still valid (nobody looked)"))
    let look = "run with --live, or with --evidence FILE (from moltseal live --format json); "
    #expect(
      words(mixed, true).hint == look + "if the cluster cannot be reached, --assume-live")
    #expect(
      words(mixed, false).hint
        == look
        + "if the cluster cannot be reached, set settle in moltseal.yml and pass --assume-live")
  }
}
