/// The journal, which makes many renames one change.

internal import Text

/// One file of a run, as listed in the journal.
package struct JournalEntry: Sendable, Equatable {
  /// Relative to the folder where the journal's paths begin.
  package let path: String
  /// The permission bits of the new file.
  package let mode: UInt32
  /// The digest of the old bytes; nil if the file did not exist.
  package let old: String?
  /// The digest of the new bytes.
  package let new: String

  package init(path: String, mode: UInt32, old: String?, new: String) {
    self.path = path
    self.mode = mode
    self.old = old
    self.new = new
  }

  /// The staged file, in the same folder as its target, so that a rename suffices.
  var stagedPath: String {
    let (folder, name) = split(path)
    return (folder == "." ? "" : folder + "/") + ".\(name).moltseal-new"
  }
}

/// Why a journal is not trusted.
package struct JournalError: Error, Sendable {
  /// The absolute path of the file with the fault.
  package let path: String
  package let message: String
}

/// The plan of a run: the folders that it creates, and the files that it changes.
///
/// The journal has a folder of its own. Its file is called `plan` while files are staged, is
/// renamed to `journal` at the commit point, and to `abort` when a recovery goes back. Beside it,
/// `old-N` has the old bytes of file N for `recover --abort`.
///
///     moltseal journal 1
///     root /home/me/shop
///     folder k8s/secrets
///     file 420 sha256:… sha256:… k8s/secrets/api-sealedsecret.yml
///     end
package struct Journal: Sendable, Equatable {
  /// The absolute folder where the paths begin; nil if the journal does not name it.
  package private(set) var root: String?
  /// Relative paths as in `files`, parents first.
  package private(set) var folders: [String] = []
  package private(set) var files: [JournalEntry] = []

  private static let header = "moltseal journal 1"

  /// Returns the text of the file.
  package func text() -> [UInt8] {
    // A path with a line break cannot be written.
    let place = root.map { $0.utf8.contains(10) ? [] : ["root \($0)"] } ?? []
    let made = folders.map { "folder \($0)" }
    let lines = files.map { "file \($0.mode) \($0.old ?? "-") \($0.new) \($0.path)" }
    return Array(([Self.header] + place + made + lines + ["end", ""]).joined(separator: "\n").utf8)
  }

  package init(root: String? = nil, folders: [String], files: [JournalEntry]) {
    self.root = root
    self.folders = folders
    self.files = files
  }

  /// What is wrong with the text of a journal.
  package struct Fault: Error, Sendable { package let message: String }

  /// - Throws: `Fault` if the text is torn or not a journal, or if a path leads out.
  package init(_ bytes: [UInt8]) throws(Fault) {
    guard bytes.last == 10 else { throw Fault(message: "is truncated") }
    let lines = bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    guard lines.first == Self.header else { throw Fault(message: "is not a moltseal journal") }
    guard lines.count > 1, lines.last == "end" else { throw Fault(message: "is truncated") }
    for line in lines.dropFirst().dropLast() {
      if root == nil, let folder = line.without(prefix: "root "), Path.isAbsolute(folder) {
        root = folder
        continue
      }
      if let path = line.without(prefix: "folder ") {
        folders.append(try Journal.path(path))
        continue
      }
      let fields = line.pieces(between: " ", atMost: 5)
      guard fields.count == 5, fields[0] == "file", let mode = UInt32(fields[1]), mode <= 0o7777,
        Journal.isDigest(fields[3]), fields[2] == "-" || Journal.isDigest(fields[2])
      else { throw Fault(message: "has a line that cannot be read") }
      let path = try Journal.path(fields[4])
      guard !files.contains(where: { $0.path === path }) else {
        throw Fault(message: "lists '\(path)' twice")
      }
      files.append(
        JournalEntry(
          path: path, mode: mode, old: fields[2] == "-" ? nil : fields[2], new: fields[3]))
    }
  }

  private static func isDigest(_ text: String) -> Bool {
    text.contains(":") && text.utf8.allSatisfy { $0 > 32 && $0 < 127 }
  }

  private static func path(_ text: String) throws(Fault) -> String {
    let steps = text.pieces(between: "/")
    guard !steps.contains(where: { ["", ".", ".."].contains($0) }) else {
      throw Fault(message: "names a path outside its folder: '\(text)'")
    }
    if let step = steps.first(where: { isGitName($0) }) {
      throw Fault(message: "names a path under '\(step)': '\(text)'")
    }
    return text
  }
}
