/// A file that a command creates or replaces: under the lock, and completely or not at all.

internal import Reporting
internal import Text
package import Files

/// A file named on the command line.
///
/// While it exists, no other moltseal process writes in the repository, so that the replaced bytes
/// are the ones that were read.
package struct TargetFile {
  /// The path as the user named it.
  let name: String
  private let place: ChangePlace
  private let folder: WorkspaceFolder
  private let path: String
  private let locks: [FolderLock]
  private let uncommitted: Uncommitted

  /// The largest file that is read, in bytes.
  package static let limit = 64 << 20

  /// Seconds that a command on one file waits for another, because scripts run several at once.
  private static let patience = 5

  /// Locks the place of a file, and recovers an interrupted run there.
  ///
  /// - Parameter name: the path as the user named it; the file need not exist.
  /// - Parameter uncommitted: whether to overwrite bytes that git does not have.
  /// - Throws: `CommandError`, with status 2 after an interrupted run was recovered.
  package init(_ name: String, uncommitted: Uncommitted) throws {
    let real = try TargetFile.realPath(name)
    try ChangePlace.refuseLinkOut(name, real: real)
    self.name = name
    self.uncommitted = uncommitted
    place = try ChangePlace(files: [real])
    folder = try ChangePlace.open(place.root)
    // `ChangePlace` has chosen a folder above it.
    path = Path.relative(real, to: place.root) ?? real
    locks = try place.lock(waiting: TargetFile.patience)
    try Interruption.settle(place)
  }

  /// Returns the bytes of the file, or nil if it does not exist.
  package func read() throws -> [UInt8]? {
    do throws(FileError) {
      return try folder.readIfPresent(path, limit: TargetFile.limit)
    } catch {
      throw CommandError(
        "cannot be read: \(error.reason)", hint: "check the path and its permissions", file: name)
    }
  }

  /// The file's path below `root`, the locked folder.
  package var pathInPlace: String { path }
  /// The absolute path of the locked folder.
  package var root: String { place.root }

  /// Returns the bytes of another file below `root`, or nil if it does not exist.
  package func readBeside(_ path: String) throws -> [UInt8]? {
    do throws(FileError) {
      return try folder.readIfPresent(path, limit: TargetFile.limit)
    } catch { throw CommandError(error, what: "cannot read") }
  }

  /// Creates or replaces the file; does nothing if the bytes are the same.
  ///
  /// - Parameter old: the bytes that `read` returned; if the file has changed since, nothing is
  ///   written.
  /// - Parameter others: files below `root` that change together with it, all or none.
  /// - Returns: whether the file was written.
  @discardableResult
  package func replace(
    _ old: [UInt8]?, with new: [UInt8], and others: [FileChange] = []
  ) throws -> Bool {
    guard old != new else { return false }
    let change = FileChange(path: path, old: old, new: new)
    if old != nil, uncommitted == .refused, let git = place.git {
      let state = try CommittedState([path], in: place.root, of: git)
      try Uncommitted.refuse(try state.uncommitted([change]))
    }
    var changes = ChangeSet()
    changes.add(change)
    for other in others { changes.add(other) }
    try Interruption.commit(changes, in: folder, of: place)
    // Keep the lock until here.
    withExtendedLifetime(locks) {}
    return true
  }

  /// Returns the absolute path without symbolic links; the file itself need not exist.
  private static func realPath(_ name: String) throws -> String {
    do throws(FileError) { return try Disk.placePath(name) } catch {
      throw CommandError(
        "cannot be written: \(error.reason)", hint: "check the path and its permissions",
        file: name)
    }
  }
}

/// What becomes of bytes that git does not have, where a command would replace them.
package enum Uncommitted: Sendable {
  /// The command is refused.
  case refused
  /// They are lost.
  case overwritten

  /// Refuses if there are such files.
  ///
  /// - Throws: `CommandError` that names them.
  static func refuse(_ paths: [String]) throws {
    guard !paths.isEmpty else { return }
    throw CommandError(
      "not committed: \(paths.joined(separator: ", "))",
      hint: "commit or remove these files first, or pass \(CLI.allowDirty) to overwrite them")
  }
}
