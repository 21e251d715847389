/// All files of a run, or none: staged, journalled, renamed.

internal import Glibc
internal import Text

/// Writes change sets, and finishes or undoes what an interrupted run left.
///
/// The order is: the plan, old copies, staged files, then the plan becomes the journal (the commit
/// point), renames, and the journal goes. Each of them is on the disk, its name in its folder too,
/// before the next begins. A run that dies before the commit point has changed nothing; one that
/// dies after it is rolled forward by the next.
package struct Committer {
  /// Beneath which files are written.
  let folder: WorkspaceFolder
  /// The folder's own path beneath the one that has the journal, with `/` at its end; or nothing.
  let prefix: String
  /// Below which no git directory is written to.
  let ceiling: String
  package let journal: JournalPlace
  /// The absolute folder that the journal's paths begin at, where it is known.
  let root: String?
  /// Whether the journal's folder may be another work tree's too: then a journal is followed only
  /// where it names this root.
  let isShared: Bool
  let digest: ([UInt8]) -> String
  /// Told the name of every step when it is done; tests stop the process there.
  let step: (String) -> Void
  /// Asked before the commit point: where it says so, everything is taken back.
  let isCancelled: () -> Bool

  /// - Parameter prefix: where `folder` is, seen from the folder that the journal's paths begin
  ///   at: `deploy/`, or nothing where it is that one.
  /// - Parameter ceiling: an absolute folder; git directories below it are never written to.
  /// - Parameter digest: a collision-resistant digest as text without spaces; this module has none.
  package init(
    folder: WorkspaceFolder, prefix: String = "", ceiling: String = "/", journal: JournalPlace,
    root: String? = nil, isShared: Bool = false, digest: @escaping ([UInt8]) -> String,
    step: @escaping (String) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
  ) {
    self.folder = folder
    self.prefix = prefix
    self.ceiling = ceiling
    self.journal = journal
    self.root = root
    self.isShared = isShared
    self.digest = digest
    self.step = step
    self.isCancelled = isCancelled
  }

  // MARK: Committing

  /// A failure, and what it has left.
  package struct Failure: Error {
    package let underlying: any Error
    /// Whether a later `recover` has to finish the change.
    package let isCommitted: Bool
    /// Whether no file was changed, but what was staged could not be taken back.
    package let leavesStaged: Bool
  }

  /// The process is about to end.
  package struct Cancelled: Error {}

  /// A target that no longer holds the bytes that the decision was made from.
  package struct ChangedMeanwhile: Error {
    package let path: String
  }

  /// Two changes of one file, whatever the ways to it are called.
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
        // What cannot be removed is found, and tried again, by the next run.
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
    // Everything that was decided from must still be so, templates and certificate included.
    if let path = try folder.firstChangedSinceRead() { throw ChangedMeanwhile(path: path) }
    var folders: [String] = []
    var seen: Set<ByBytes> = []
    let files = try changes.changes.map { change in
      let path = try folder.resolved(change.path)
      guard seen.insert(ByBytes(path)).inserted else { throw NamedTwice(path: path) }
      guard !path.utf8.contains(10) else { throw FileError("open", path, code: EINVAL) }
      try folder.refuseGitFolders(path, below: ceiling)
      guard try folder.readNowIfPresent(path, followsLinks: false) == change.old else {
        throw ChangedMeanwhile(path: path)
      }
      for missing in folder.missingFolders(of: path) where !folders.contains(prefix + missing) {
        folders.append(prefix + missing)
      }
      return JournalEntry(
        path: prefix + path, mode: try folder.mode(of: path) ?? 0o644, old: change.old.map(digest),
        new: digest(change.new))
    }
    return Journal(root: root, folders: folders, files: files)
  }

  private func stage(_ plan: Journal, _ changes: ChangeSet, _ record: JournalFolder) throws {
    try record.write(plan.text(), JournalFolder.Name.plan)
    try record.syncFile(JournalFolder.Name.plan)
    // From here on whatever is left behind is known to the next run.
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
    // All files are written before the first is synced: a file system that keeps a journal then
    // commits it once, not once for each file.
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

  /// The path beneath `folder` of one that the journal has.
  func local(_ path: String) -> String { path.without(prefix: prefix) ?? path }

  func renameStaged(_ file: JournalEntry) throws(FileError) {
    try folder.rename(local(file.stagedPath), to: local(file.path))
  }

  /// Takes back what was staged; the plan stays as long as something of it does.
  func discard(_ plan: Journal, _ record: JournalFolder) throws(FileError) {
    var touched: Set<ByBytes> = []
    for file in plan.files where try folder.removeIfPresent(local(file.stagedPath)) {
      touched.insert(ByBytes(split(local(file.path)).folder))
    }
    // The plan goes last, and only when nothing that it names can come back.
    for parent in touched { try folder.syncFolder(parent.text) }
    for path in plan.folders.reversed() { try folder.removeFolder(local(path)) }
    if record.has(JournalFolder.Name.plan) { try record.remove(JournalFolder.Name.plan) }
    try? record.sync()
    record.removeOldCopies()
  }

  /// The change is made, or undone: its record goes, the part last that says so.
  func end(_ plan: Journal, _ record: JournalFolder, _ name: String) throws(FileError) {
    for file in plan.files { try folder.removeIfPresent(local(file.stagedPath)) }
    try record.remove(name)
    // Where the disk brings the record back, it finds that all is done. So a failure here is none;
    // but the old copies must not go before it.
    try? record.sync()
    record.removeOldCopies()
  }

  /// The folders of the files, beneath `folder`.
  func parents(of plan: Journal) -> Set<ByBytes> {
    Set(plan.files.map { ByBytes(split(local($0.path)).folder) })
  }
}
