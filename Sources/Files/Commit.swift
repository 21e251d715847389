/// Writes all files of a run or none: stages them, writes a journal, renames them.

internal import Glibc
internal import Text

/// Writes change sets, and finishes or undoes what an interrupted run left.
///
/// The order is: write the plan, copy the old files, stage the new ones, rename the plan to the
/// journal (the commit point), rename the files into place, remove the journal. Each step,
/// including the names in the folders, is on the disk before the next begins. A run that dies
/// before the commit point has changed nothing; one that dies after it is rolled forward by the
/// next run.
package struct Committer {
  /// The folder below which files are written.
  let folder: WorkspaceFolder
  let place: CommitPlace
  let digest: ([UInt8]) -> String
  /// Called with the name of every finished step; tests stop the process there.
  let step: (String) -> Void
  /// Called before the commit point; if it returns true, everything is undone.
  let isCancelled: () -> Bool

  /// - Parameter digest: a collision-resistant digest as text without spaces; this module has none.
  package init(
    folder: WorkspaceFolder, place: CommitPlace, digest: @escaping ([UInt8]) -> String,
    step: @escaping (String) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
  ) {
    self.folder = folder
    self.place = place
    self.digest = digest
    self.step = step
    self.isCancelled = isCancelled
  }

  package var journal: JournalPlace { place.journal }

  // MARK: Committing

  /// A failure, and what it left behind.
  package struct Failure: Error {
    package let underlying: any Error
    /// Whether a later `recover` must finish the change.
    package let isCommitted: Bool
    /// Whether no file was changed, but some staged files could not be removed.
    package let leavesStaged: Bool
  }

  /// The process is about to end.
  package struct Cancelled: Error {}

  /// A target file that has changed since it was read.
  package struct ChangedMeanwhile: Error {
    package let path: String
  }

  /// Two changes of one file, through different paths to it.
  package struct NamedTwice: Error {
    package let path: String
  }

  /// Writes every file of `changes`, or none.
  package func commit(_ changes: ChangeSet) throws(Failure) {
    var (isCommitted, leavesStaged) = (false, false)
    do {
      let plan = try prepare(changes)
      step("checked")
      let record = try JournalFolder.make(journal)
      do {
        try stage(plan, changes, record)
        if isCancelled() { throw Cancelled() }
        try record.rename(JournalFolder.Name.plan, JournalFolder.Name.journal)
      } catch {
        // The next run finds what could not be removed, and tries again.
        do { try discard(plan, record) } catch { leavesStaged = true }
        throw error
      }
      isCommitted = true
      try record.sync()
      step("committed")
      try rollForward(plan, record)
    } catch {
      throw Failure(
        underlying: error, isCommitted: isCommitted, leavesStaged: leavesStaged)
    }
  }

  private func prepare(_ changes: ChangeSet) throws -> Journal {
    // Every file that the run has read must be unchanged, including templates and the certificate.
    if let path = try folder.firstChangedSinceRead() { throw ChangedMeanwhile(path: path) }
    var folders: [String] = []
    var seen: Set<Name> = []
    let files = try changes.changes.map { change in
      let path = try folder.resolved(change.path)
      guard seen.insert(Name(path)).inserted else { throw NamedTwice(path: path) }
      guard !path.utf8.contains(10) else { throw FileError("open", path, code: EINVAL) }
      try folder.refuseGitFolders(path, below: place.ceiling)
      guard try folder.readNowIfPresent(path, links: .refused) == change.old else {
        throw ChangedMeanwhile(path: path)
      }
      for missing in folder.missingFolders(of: path)
      where !folders.contains(place.prefix + missing) {
        folders.append(place.prefix + missing)
      }
      return JournalEntry(
        path: place.prefix + path, mode: try folder.mode(of: path) ?? 0o644,
        old: change.old.map(digest),
        new: digest(change.new))
    }
    return Journal(root: place.root, folders: folders, files: files)
  }

  private func stage(_ plan: Journal, _ changes: ChangeSet, _ record: JournalFolder) throws {
    try record.write(plan.text(), JournalFolder.Name.plan)
    try record.syncFile(JournalFolder.Name.plan)
    // From here on, the next run knows about everything that is left behind.
    try record.sync()
    step("planned")
    for (index, change) in changes.changes.enumerated() {
      guard let old = change.old else { continue }
      try record.write(old, JournalFolder.Name.old(index))
      step("saved-\(index + 1)")
    }
    for path in plan.folders { try folder.makeFolder(local(path)) }
    for (index, file) in plan.files.enumerated() {
      try folder.create(changes.changes[index].new, at: local(file.stagedPath), mode: file.mode)
      step("staged-\(index + 1)")
    }
    // Write all files before syncing the first: a journalling file system then commits once, not
    // once for each file.
    for (index, file) in plan.files.enumerated() where file.old != nil {
      try record.syncFile(JournalFolder.Name.old(index))
    }
    for file in plan.files { try folder.syncFile(local(file.stagedPath)) }
    for parent in parents(of: plan) { try folder.syncFolder(parent.text) }
    try record.sync()
  }

  private func rollForward(_ plan: Journal, _ record: JournalFolder) throws {
    for (index, file) in plan.files.enumerated() {
      try renameStaged(file)
      step("renamed-\(index + 1)")
    }
    for parent in parents(of: plan) { try folder.syncFolder(parent.text) }
    step("synced")
    try end(plan, record, JournalFolder.Name.journal)
    step("cleaned")
  }

  // MARK: Files

  /// Returns the path below `folder` of a path in the journal.
  func local(_ path: String) -> String { path.without(prefix: place.prefix) ?? path }

  func renameStaged(_ file: JournalEntry) throws(FileError) {
    try folder.rename(local(file.stagedPath), to: local(file.path))
  }

  /// Removes the staged files, then the plan; the plan stays until all of them are removed.
  func discard(_ plan: Journal, _ record: JournalFolder) throws(FileError) {
    var touched: Set<Name> = []
    for file in plan.files where try folder.removeIfPresent(local(file.stagedPath)) {
      touched.insert(Name(split(local(file.path)).folder))
    }
    // Remove the plan last, and only when a crash cannot bring back anything that it names.
    for parent in touched { try folder.syncFolder(parent.text) }
    for path in plan.folders.reversed() { try folder.removeFolder(local(path)) }
    if record.has(JournalFolder.Name.plan) { try record.remove(JournalFolder.Name.plan) }
    try? record.sync()
    record.removeOldCopies()
  }

  /// Removes the staged files and the record of a change that is finished or undone.
  func end(_ plan: Journal, _ record: JournalFolder, _ name: String) throws(FileError) {
    for file in plan.files { try folder.removeIfPresent(local(file.stagedPath)) }
    try record.remove(name)
    // If a crash brings the record back, recovery finds that everything is done, so a failure here
    // is not an error. The old copies must not be removed before the record.
    try? record.sync()
    record.removeOldCopies()
  }

  /// Returns the folders of the files, relative to `folder`.
  func parents(of plan: Journal) -> Set<Name> {
    Set(plan.files.map { Name(split(local($0.path)).folder) })
  }
}
