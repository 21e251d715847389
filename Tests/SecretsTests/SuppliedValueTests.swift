/// Which supplied values are refused, to the byte.

import Cryptography
import Secrets
import Testing

@Suite("Supplied values")
struct SuppliedValueTests {
  private func fault(_ text: String) -> SuppliedValue.Fault? {
    let value = Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    do throws(SuppliedValue.Fault) { try SuppliedValue.check(value) } catch { return error }
    return nil
  }

  @Test("a value may be as long as a Secret, and no longer")
  func length() {
    #expect(fault(String(repeating: "a", count: 1 << 20)) == nil)
    #expect(fault(String(repeating: "a", count: 1 << 20 + 1)) == .tooLong)
    #expect(fault("a") == nil)
    #expect(fault("") == .empty)
  }

  @Test(
    "one line does not end with a line break, and a file of several lines may",
    arguments: [
      ("a\n", true), ("a\r", true), ("a\r\n", true), ("a\n\n", true), ("\n", true),
      ("a\nb\n", false), ("a\nb\r\n", false), ("a\nb", false), ("a\rb", false), ("\na", false),
    ])
  func lineBreak(text: String, isRefused: Bool) {
    #expect(fault(text) == (isRefused ? .trailingNewline : nil))
  }

  @Test("a placeholder is one as the whole value, not within another")
  func placeholder() {
    #expect(fault("CHANGE_ME") == .placeholder)
    #expect(fault("<password>") == .placeholder)
    #expect(fault("exchange-media") == nil)
    #expect(fault("a <password> here") == nil)
  }

  @Test("every fault has its own words")
  func words() {
    let faults: [SuppliedValue.Fault] = [.empty, .trailingNewline, .placeholder, .tooLong]
    #expect(Set(faults.map(\.message)).count == faults.count)
  }
}
