/// Files named on the command line that change together, all or none.

internal import Reporting
internal import Text
package import Files

/// Files that are locked and written together.
package struct TargetFiles {
  /// Their lock and their journal.
  package let place: ChangePlace
  /// The root of the place, which contains every file.
  package let folder: WorkspaceFolder

  /// - Parameter names: existing files, as the user named them.
  package init(_ names: [String]) throws {
    place = try ChangePlace(
      files: try names.map { name in
        let real = try TargetFiles.realPath(name)
        try ChangePlace.refuseLinkOut(name, real: real)
        return real
      })
    folder = try ChangePlace.open(place.root)
  }

  /// Returns the path of a file below `folder`.
  package func path(of name: String) throws -> String {
    // `init` has chosen a folder above every file.
    let real = try TargetFiles.realPath(name)
    return Path.relative(real, to: place.root) ?? real
  }

  /// Reads a file below `folder`; it is compared again before anything is written.
  package func read(_ path: String) throws -> [UInt8] {
    do throws(FileError) {
      return try folder.read(path, limit: TargetFile.limit)
    } catch { throw CommandError(error, what: "cannot read") }
  }

  /// Reads a file like `read`, or returns nil if it does not exist.
  package func readIfPresent(_ path: String) throws -> [UInt8]? {
    do throws(FileError) {
      return try folder.readIfPresent(path, limit: TargetFile.limit)
    } catch { throw CommandError(error, what: "cannot read") }
  }

  /// Refuses to overwrite bytes that git does not have; outside git it checks nothing.
  package func checkCommitted(_ changes: ChangeSet) throws {
    guard let git = place.git, !changes.isEmpty else { return }
    try place.refuseNested(changes.paths, in: folder)
    let state = try CommittedState(changes.paths, in: folder.path, of: git)
    try Uncommitted.refuse(try state.uncommitted(changes.changes))
  }

  private static func realPath(_ name: String) throws -> String {
    do throws(FileError) { return try Disk.resolved(name) } catch {
      throw CommandError("cannot be read: \(error.reason)", hint: "check the path", file: name)
    }
  }
}
