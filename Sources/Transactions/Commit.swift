/// All files of a run, or none: staged, journalled, renamed.

internal import Glibc

/// Writes change sets, and finishes or undoes what an interrupted run left.
///
/// The order is: plan, old copies, staged files, then the plan becomes the journal (the commit
/// point), renames, and the journal goes. A run that dies before the commit point has changed
/// nothing; one that dies after it is rolled forward by the next.
package struct Committer {
  let folder: WorkspaceFolder
  /// The journal's own folder, an absolute path.
  package let journalFolder: String
  let digest: ([UInt8]) -> String
  /// Told the name of every step when it is done; tests stop the process there.
  let step: (String) -> Void

  /// - Parameter digest: a collision-resistant digest as text without spaces; this module has none.
  package init(
    folder: WorkspaceFolder, journalFolder: String, digest: @escaping ([UInt8]) -> String,
    step: @escaping (String) -> Void = { _ in }
  ) {
    self.folder = folder
    self.journalFolder = journalFolder
    self.digest = digest
    self.step = step
  }

  var planPath: String { journalFolder + "/plan" }
  var journalPath: String { journalFolder + "/journal" }
  /// The journal once a recovery has begun to go back: from then on that is the only way.
  var abortPath: String { journalFolder + "/abort" }
  func oldPath(_ index: Int) -> String { journalFolder + "/old-\(index)" }

  // MARK: Committing

  /// A failure, and whether a later `recover` has to finish the change.
  package struct Failure: Error {
    package let underlying: any Error
    package let isCommitted: Bool
  }

  /// A target that no longer holds the bytes that the decision was made from.
  package struct ChangedMeanwhile: Error {
    package let path: String
  }

  /// Writes every file of `changes`, or none.
  package func commit(_ changes: ChangeSet) throws(Failure) {
    var isCommitted = false
    do {
      let files = try prepare(changes)
      step("checked")
      do {
        try stage(files, changes)
        try rename(planPath, journalPath)
      } catch {
        discardPlan(files)
        throw error
      }
      isCommitted = true
      try syncFolder(journalFolder)
      step("committed")
      try rollForward(files)
    } catch {
      throw Failure(underlying: error, isCommitted: isCommitted)
    }
  }

  func prepare(_ changes: ChangeSet) throws -> [JournalEntry] {
    // Everything that was decided from must still be so, templates and certificate included.
    if let path = try folder.firstChangedSinceRead() { throw ChangedMeanwhile(path: path) }
    return try changes.changes.map { change in
      let path = try folder.resolved(change.path)
      guard !path.utf8.contains(10) else { throw FileError("open", path, code: EINVAL) }
      guard try folder.readNowIfPresent(path) == change.old else {
        throw ChangedMeanwhile(path: path)
      }
      return JournalEntry(
        path: path, mode: try folder.mode(of: path) ?? 0o644, old: change.old.map(digest),
        new: digest(change.new))
    }
  }

  func stage(_ files: [JournalEntry], _ changes: ChangeSet) throws {
    try makeFolders(journalFolder)
    try write(JournalText.write(files), to: planPath)
    step("planned")
    for (index, change) in changes.changes.enumerated() {
      guard let old = change.old else { continue }
      try write(old, to: oldPath(index))
      step("saved-\(index + 1)")
    }
    for (index, file) in files.enumerated() {
      try folder.makeFolder(of: file.path)
      try folder.create(changes.changes[index].new, at: file.stagedPath, mode: file.mode)
      step("staged-\(index + 1)")
    }
    try syncStaged(files)
  }

  /// Everything is on disk before the commit point.
  ///
  /// All files are written before the first is synced: a file system that keeps a journal then
  /// commits it once, not once for each file.
  private func syncStaged(_ files: [JournalEntry]) throws {
    try syncFile(planPath)
    for (index, file) in files.enumerated() where file.old != nil { try syncFile(oldPath(index)) }
    for file in files { try folder.syncFile(file.stagedPath) }
    for parent in parents(of: files) { try sync(parent) }
    try syncFolder(journalFolder)
  }

  func stage(_ bytes: [UInt8], _ file: JournalEntry) throws {
    try folder.stage(bytes, at: file.stagedPath, mode: file.mode)
  }

  func rollForward(_ files: [JournalEntry]) throws {
    for (index, file) in files.enumerated() {
      try renameStaged(file)
      step("renamed-\(index + 1)")
    }
    for parent in parents(of: files) { try sync(parent) }
    step("synced")
    try removeJournal(files)
    step("cleaned")
  }

  func renameStaged(_ file: JournalEntry) throws(FileError) {
    try folder.rename(file.stagedPath, to: file.path)
  }

  // MARK: Files

  func discardPlan(_ files: [JournalEntry]) {
    // What cannot be removed is found, and tried again, by the next run: the plan goes last.
    guard (try? files.forEach { try removeIfPresent($0.stagedPath) }) != nil else { return }
    unlink(planPath)
    removeOldCopies()
  }

  func removeJournal(_ files: [JournalEntry]) throws {
    for file in files { try removeIfPresent(file.stagedPath) }
    let journal = exists(abortPath) ? abortPath : journalPath
    guard unlink(journal) == 0 else { throw FileError("unlink", journal) }
    removeOldCopies()
  }

  /// Removes the old copies of a change that is over, and the folder.
  ///
  /// What stays behind is tried again by the next run.
  func removeOldCopies() {
    guard let stream = opendir(journalFolder) else { return }
    for name in entryNames(stream) where name.hasPrefix("old-") {
      unlink(journalFolder + "/" + name)
    }
    closedir(stream)
    rmdir(journalFolder)
  }

  func parents(of files: [JournalEntry]) -> Set<String> {
    Set(files.map { split($0.path).folder })
  }

  func sync(_ path: String) throws(FileError) { try folder.syncFolder(path) }

  func syncFolder(_ path: String) throws(FileError) {
    try Descriptor(folder: path).sync(path)
  }

  func remove(_ path: String) throws(FileError) { try folder.remove(path) }
  func removeIfPresent(_ path: String) throws(FileError) {
    try folder.removeIfPresent(path)
  }

  func makeFolders(_ path: String) throws(FileError) {
    guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
    guard errno == ENOENT, path.count > 1 else { throw FileError("mkdir", path) }
    try makeFolders(split(path).folder)
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("mkdir", path) }
  }

  func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  func readFile(_ path: String) throws(FileError) -> [UInt8] {
    try Descriptor(file: path, O_RDONLY).read(path, limit: .max)
  }

  func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try Descriptor(file: path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600).write(bytes, path)
  }

  private func syncFile(_ path: String) throws(FileError) {
    try Descriptor(file: path, O_RDONLY).sync(path)
  }

  func rename(_ old: String, _ new: String) throws(FileError) {
    guard Glibc.rename(old, new) == 0 else { throw FileError("rename", new) }
  }
}
