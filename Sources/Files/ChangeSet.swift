/// The changes of a run: old and new bytes of each file, printable as a diff.

/// One changed file.
package struct FileChange: Sendable, Equatable {
  /// Relative to the workspace.
  package let path: String
  /// The bytes that the run has read; nil if the file is new.
  package let old: [UInt8]?
  package let new: [UInt8]

  package init(path: String, old: [UInt8]?, new: [UInt8]) {
    self.path = path
    self.old = old
    self.new = new
  }
}

/// The files of one run, in the order in which they are renamed into place.
package struct ChangeSet: Sendable, Equatable {
  package private(set) var changes: [FileChange] = []

  package init() {}

  package var isEmpty: Bool { changes.isEmpty }
  package var paths: [String] { changes.map(\.path) }

  /// Adds a file, unless its bytes are unchanged.
  package mutating func add(_ change: FileChange) {
    if change.old != change.new { changes.append(change) }
  }

  /// Returns a unified diff of every file, with three lines of context.
  package func diff() -> String { changes.map { unifiedDiff($0) }.joined() }
}
