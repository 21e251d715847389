/// One line for many findings that say the same about many items.

internal import Rules
internal import Reporting
internal import Text
package import YAML

/// After a renewal of the controller's key every item is sealed for the previous one: that is one
/// thing to know, and no list.
struct FoldedFindings {
  private var counts: [(key: String, count: Int)] = []

  /// - Parameter findings: of everything that is said in one go.
  init(_ findings: [Finding]) {
    guard !Notices.isVerbose else { return }
    for key in findings.compactMap(Self.key) {
      if let index = counts.firstIndex(where: { $0.key == key }) {
        counts[index].count += 1
      } else {
        counts.append((key, 1))
      }
    }
    counts.removeAll { $0.count == 1 }
  }

  /// Whether a finding is among those that one line stands for.
  func holds(_ finding: Finding) -> Bool {
    Self.key(finding).map { key in counts.contains { $0.key == key } } ?? false
  }

  var lines: [String] {
    counts.flatMap { key, count in
      [
        "warning: \(count) items are sealed for a key other than the certificate's, \(Fingerprint.short(key)) [other-key]",
        "  hint: the controller can open them while it keeps that key; if the key is newer than the certificate, run cert fetch, otherwise reseal or re-encrypt; \(CLI.verbose) lists the items",
      ]
    }
  }

  /// The fingerprint of the other key.
  private static func key(_ finding: Finding) -> String? {
    guard finding.code == "other-key", finding.severity == .warning else { return nil }
    return finding.message.place(of: " was sealed for ")?.after
  }
}

extension Tree {
  /// A whole number.
  package static func number(_ value: Int) -> Tree { .scalar(String(value), .integer) }
}
