/// Why a ciphertext cannot stay or move, and what may save its value.

import Kubernetes
import Testing

@testable import Planning
@testable import Words

@Suite("Words of ciphertexts that cannot be carried")
struct CarryWordsTests {
  typealias Reason = Refusal.Reason

  @Test(
    "why an item cannot be carried is said, with what may save it before it is given up",
    arguments: [
      (CarryFault.notSealedYet, "it is not sealed yet", ""),
      (.lost(path: "p"), "it is in the lock file, but not in 'p' (was the file", ""),
      (.unknownToLock, "it is not in the lock file", ""),
      (.otherExpression("${a}"), "its expression in the lock file is '${a}'", ""),
      (.otherScope(.namespaceWide), "it was sealed with scope namespace-wide", ""),
      (.otherCiphertext, "its ciphertext differs from the lock file", "use the file and the"),
      (
        .otherRotation(credential: "c", rotation: "r-1", last: "r-2"),
        "it has 'c' of rotation r-1, but the last one is r-2", ""
      ),
      (
        .otherKey("sha256:f"), "it was sealed for sha256:f, which is not among the fingerprints",
        "pin that key again"
      ),
    ])
  func carried(fault: CarryFault, reason: String, remedy: String) {
    let stay = Reason.cannotStay(key: "k", secret: "s", fault, credentials: ["c", "d"]).words
    #expect(stay.message.hasPrefix("'k' of 's' cannot be kept: " + reason))
    let previous = Reason.previousCannotStay(key: "k", secret: "s", fault, credential: "c").words
    #expect(previous.message == stay.message)
    let give = "give it a new value, because its plaintext is not known here: moltseal rotate"
    for (hint, last) in [
      (stay.hint, "\(give) --only c d"),
      (previous.hint, "drop it: moltseal rotate --compromised c"),
    ] {
      #expect(hint.hasSuffix((remedy.isEmpty ? "" : "; otherwise ") + last))
      #expect(hint.hasPrefix(remedy.isEmpty ? last : remedy))
    }
  }

  @Test("a key that cannot move says where it was to go")
  func moved() {
    #expect(
      Reason.cannotBecomePrevious(
        key: "k", previous: "p", secret: "s", .notSealedYet, credential: "c"
      ).words
        == (
          "'k' of 's' cannot become 'p': it is not sealed yet",
          "drop the old value: moltseal rotate --compromised c"
        ))
    #expect(
      Reason.cannotBecomeCurrent(
        key: "k", current: "u", secret: "s", .notSealedYet, credential: "c"
      ).words
        == (
          "'k' of 's' cannot become 'u': it is not sealed yet",
          "renew both, which ends every token: moltseal rotate --compromised c"
        ))
    let derived = Reason.withoutNext(key: "k", secret: "s", credential: "c", isDerived: true).words
    #expect(derived.message.contains("is derived from 'c'"))
    let plain = Reason.withoutNext(key: "k", secret: "s", credential: "c", isDerived: false).words
    #expect(plain.hint == "add a key with ${c.next} and one with ${c.previous} to this Secret")
  }
}
