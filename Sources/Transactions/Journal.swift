/// The record that makes many renames one change.
///
/// It is a folder of its own under the git directory: `plan` while files are staged, renamed to
/// `journal` at the commit point and to `abort` where a recovery goes back, and `old-N`, the old
/// bytes of file N, for `recover --abort`.
///
///     moltseal journal 1
///     file 420 sha256:… sha256:… k8s/secrets/api-sealedsecret.yml
///     end

/// One file of a run, as the journal keeps it.
package struct JournalEntry: Sendable, Equatable {
  /// Relative to the workspace.
  package let path: String
  /// The permission bits that the file gets.
  package let mode: UInt32
  /// The digest of the old bytes; nil where the file was not there.
  package let old: String?
  /// The digest of the new bytes.
  package let new: String

  /// The staged file: beside its target, so that a rename is enough.
  var stagedPath: String {
    let (folder, name) = split(path)
    return (folder == "." ? "" : folder + "/") + ".\(name).moltseal-new"
  }
}

/// Why a journal is not trusted.
package struct JournalError: Error, Sendable {
  package let message: String
}

enum JournalText {
  private static let header = "moltseal journal 1"

  static func write(_ entries: [JournalEntry]) -> [UInt8] {
    let lines = entries.map { "file \($0.mode) \($0.old ?? "-") \($0.new) \($0.path)" }
    return Array(([header] + lines + ["end", ""]).joined(separator: "\n").utf8)
  }

  /// - Throws: `JournalError` for a torn or foreign file, and for a path that leads out.
  static func read(_ bytes: [UInt8]) throws(JournalError) -> [JournalEntry] {
    let lines = bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    guard lines.first == header else { throw JournalError(message: "is not a moltseal journal") }
    guard lines.last == "end" else { throw JournalError(message: "is cut off") }
    var entries: [JournalEntry] = []
    for line in lines.dropFirst().dropLast() {
      let fields = line.split(separator: " ", maxSplits: 4).map(String.init)
      guard fields.count == 5, fields[0] == "file", let mode = UInt32(fields[1]), mode <= 0o7777
      else { throw JournalError(message: "has a line it cannot read") }
      let path = fields[4]
      guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
        throw JournalError(message: "names '\(path)', which is outside the workspace")
      }
      entries.append(
        JournalEntry(
          path: path, mode: mode, old: fields[2] == "-" ? nil : fields[2], new: fields[3]))
    }
    return entries
  }
}
