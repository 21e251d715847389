/// One file that a command makes or replaces: under the lock, and whole or not at all.

internal import Glibc
internal import Text
internal import Transactions

/// A file named on the command line.
///
/// From here on no other moltseal writes in its repository, so that what is read is what is replaced.
struct TargetFile {
  /// As the person named it.
  let name: String
  private let place: ChangePlace
  private let folder: WorkspaceFolder
  private let path: String
  private let locks: [FolderLock]
  private let allowsUncommitted: Bool

  /// How long a command on one file waits for another: scripts run several at once.
  private static let patience = 5

  /// Locks the place of a file, and recovers what was interrupted there.
  ///
  /// - Parameter allowsUncommitted: whether it may be written over what git does not have.
  init(_ name: String, allowsUncommitted: Bool) throws {
    let real = try TargetFile.realPath(name)
    try ChangePlace.refuseLinkOut(name, real: real)
    self.name = name
    self.allowsUncommitted = allowsUncommitted
    place = try ChangePlace(files: [real])
    folder = try ChangePlace.open(place.root)
    // `ChangePlace` has chosen a folder above it.
    path = Path.relative(real, to: place.root) ?? real
    locks = try place.lock(waiting: TargetFile.patience)
    try Interruption.settle(place)
  }

  /// The bytes of the file; nil where there is none.
  func read() throws -> [UInt8]? {
    do throws(FileError) {
      return try folder.readIfPresent(path, limit: PlainFile.limit)
    } catch {
      throw CommandError(
        "cannot be read: \(error.reason)", hint: "check the path and its permissions", file: name)
    }
  }

  /// The path beneath the folder that is locked, and that folder.
  var pathInPlace: String { path }
  var root: String { place.root }

  /// The bytes of another file beneath that folder; nil where there is none.
  func readBeside(_ path: String) throws -> [UInt8]? {
    do throws(FileError) {
      return try folder.readIfPresent(path, limit: PlainFile.limit)
    } catch { throw CommandError(error, what: "cannot read") }
  }

  /// Makes the file, or replaces it; nothing where the bytes are the same.
  ///
  /// - Parameter old: what `read` gave, and the new bytes were made from: if an editor has saved the
  ///   file since, nothing is written.
  /// - Parameter others: files beneath the same folder that change with it, all or none.
  /// - Returns: whether something was written.
  @discardableResult
  func replace(
    _ old: [UInt8]?, with new: [UInt8], and others: [FileChange] = []
  ) throws -> Bool {
    guard old != new else { return false }
    let change = FileChange(path: path, old: old, new: new)
    if old != nil, !allowsUncommitted, let git = place.git {
      let state = try CommittedState([path], in: place.root, of: git)
      try Uncommitted.refuse(try state.uncommitted([change]))
    }
    var changes = ChangeSet()
    changes.add(change)
    for other in others { changes.add(other) }
    try Interruption.commit(changes, in: folder, of: place)
    // The lock lasts until here.
    withExtendedLifetime(locks) {}
    return true
  }

  /// The absolute path without symbolic links; its last step need not be there.
  private static func realPath(_ name: String) throws -> String {
    if let real = realpath(name, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let code = errno
    let (parent, last) = Path.split(name)
    guard code == ENOENT, !last.isEmpty, last != ".", last != "..",
      let real = realpath(parent ?? ".", nil)
    else {
      throw CommandError(
        "cannot be written: \(String(cString: strerror(errno)))",
        hint: "check the path and its permissions", file: name)
    }
    defer { free(real) }
    return Path.join(String(cString: real), last)
  }
}

/// The words for what git does not have.
enum Uncommitted {
  static func refuse(_ paths: [String]) throws {
    guard !paths.isEmpty else { return }
    throw CommandError(
      "not committed: \(paths.joined(separator: ", "))",
      hint: "commit or remove it first, or pass --allow-dirty to write over it")
  }
}
