/// What `verify` says of objects: known or not, failed or not, many or few.

import Foundation
import Manifests
import Operations
import Rules
import Testing
import YAML

@testable import Reports

@Suite("What verify says")
struct VerdictWordsTests {
  /// A ciphertext for a key of 2048 bits that nobody has.
  private static let ciphertext = Data(
    [1, 0] + (0..<256).map { UInt8($0) } + [UInt8](repeating: 7, count: 40)
  ).base64EncodedString()

  private func verdict(_ name: String = "app", value: String = ciphertext) throws -> Verdict {
    let text = """
      apiVersion: bitnami.com/v1alpha1
      kind: SealedSecret
      metadata: {name: \(name), namespace: ns}
      spec:
        encryptedData: {k: '\(value)'}
        template: {metadata: {name: \(name), namespace: ns}}
      """
    let found = VerifyOperation(key: nil, keys: [], threads: 1).check(
      Array(text.utf8), file: "f.yml", origin: .named, lock: nil)
    return try #require(found.first)
  }

  private func opened(_ name: String = "app") throws -> Verdict {
    var verdict = try verdict(name)
    verdict.wasOpened()
    return verdict
  }

  private func lines(_ verdicts: Verdict...) -> [String] {
    VerdictWords(verdicts).screen.lines.map(\.text)
  }

  @Test("what no key has opened is well formed, and what is not checked is said")
  func unknown() throws {
    let shown = lines(try verdict())
    #expect(shown.first == "f.yml:1: ns/app: well formed (1 item), key not known")
    #expect(
      shown.last
        == "1 not known. Not checked: which key opens an item, whether its ciphertext is intact, and its value (add --private-key FILE or --online)"
    )
    #expect(shown.count == 2)
  }

  @Test("what was opened is ok")
  func ok() throws {
    #expect(lines(try opened()) == ["f.yml:1: ns/app: ok (1 item)", "1 ok"])
  }

  @Test("what has failed has its findings, each with a hint")
  func failed() throws {
    let verdict = try verdict(value: "AgAA")
    #expect(verdict.hasFailed)
    let shown = lines(verdict)
    #expect(shown.first == "f.yml:1: ns/app: failed")
    #expect(shown.last == "1 failed")
    #expect(shown.count == 2 + 2 * verdict.findings.count)
    let finding = try #require(verdict.findings.first)
    #expect(shown[1].contains("[\(finding.code)] ") && shown[1].contains(finding.message))
    #expect(!shown[1].contains("warning: ") && shown[2].hasPrefix("    hint: "))
  }

  @Test("what is no SealedSecret has no name")
  func other() throws {
    let found = VerifyOperation(key: nil, keys: [], threads: 1).check(
      Array("kind: Pod\n".utf8), file: "p.yml", origin: .named, lock: nil)
    let shown = lines(try #require(found.first))
    #expect(shown.first == "p.yml:1: ?: failed")
    #expect(try read(#require(found.first).tree)["name"] as? String == nil)
  }

  @Test("a template of a tool is not evaluated, and is not counted as not checked")
  func template() throws {
    let shown = lines(try verdict("'${NAME}'"))
    #expect(shown.first?.hasPrefix("f.yml:1: ?: not evaluated: '${NAME}' is filled in") == true)
    #expect(shown.last == "1 not known")
  }

  @Test("the counts are in order, and leave out what there is none of")
  func counts() throws {
    let all = lines(try opened(), try verdict(value: "AgAA"), try verdict(), try opened())
    #expect(all.last?.hasPrefix("2 ok, 1 failed, 1 not known. Not checked: ") == true)
    #expect(lines(try opened(), try verdict(value: "AgAA")).last == "1 ok, 1 failed")
  }

  @Test("up to ten that are in order are listed, and more are a number")
  func many() throws {
    let one = try opened()
    func shown(_ count: Int) throws -> [String] {
      VerdictWords(Array(repeating: one, count: count) + [try verdict(value: "AgAA")]).screen.lines
        .map(\.text)
    }
    #expect(try shown(10).count { $0.contains(": ok (") } == 10)
    #expect(try shown(11).count { $0.contains(": ok (") } == 0)
    #expect(try shown(11).contains("f.yml:1: ns/app: failed"))
    #expect(try shown(11).last == "11 ok, 1 failed")
  }

  @Test("a program reads each verdict by its word, with its keys or null")
  func json() throws {
    for (verdict, word) in [
      (try verdict(), "not-known"), (try opened(), "ok"), (try verdict(value: "AgAA"), "failed"),
      (try verdict("'${NAME}'"), "not-evaluated"),
    ] {
      #expect(try read(verdict.tree)["verdict"] as? String == word)
    }
    let tree = try read(try opened().tree)
    #expect(tree["name"] as? String == "app" && tree["namespace"] as? String == "ns")
    #expect(tree["items"] as? Int == 1 && tree["line"] as? Int == 1)
    #expect((tree["keys"] as? [String])?.isEmpty == true)
    #expect(try read(try verdict().tree)["keys"] as? [String] == nil)
    let failed = try read(try verdict(value: "AgAA").tree)
    #expect(at(failed, "findings.0.severity") as? String == "error")
  }
}
