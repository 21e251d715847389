/// Finishes or undoes what an interrupted run left.

internal import Text

extension Committer {
  package enum Recovery: Equatable, Sendable {
    case nothingToDo
    /// An interrupted run had changed nothing; its leftovers were removed.
    case discarded
    case rolledForward([String])
    case rolledBack([String])
  }

  /// Files with neither their old nor their new bytes.
  ///
  /// Nothing was overwritten.
  package struct Diverged: Error {
    package let paths: [String]
  }

  /// The journal could not be read, so it is unknown whether a run was interrupted.
  package struct JournalUnreadable: Error {
    package let cause: FileError
  }

  private func findRecord() throws -> JournalFolder? {
    do { return try JournalFolder.find(journal) } catch let error as FileError {
      throw JournalUnreadable(cause: error)
    }
  }

  /// Whether an interrupted run left something behind; changes nothing.
  ///
  /// - Throws: `ForeignJournal` or `JournalUnreadable`.
  package func isInterrupted() throws -> Bool {
    guard let record = try findRecord() else { return false }
    return [JournalFolder.Name.journal, JournalFolder.Name.plan, JournalFolder.Name.abort]
      .contains { record.has($0) }
  }

  package enum Direction: Sendable {
    /// To the state after the run.
    case forward
    /// To the state before the run.
    case back
  }

  /// Finishes an interrupted run, or restores the state before it.
  ///
  /// - Throws: `ForeignJournal`, `JournalUnreadable`, `JournalError`, `Diverged`,
  ///   `InsideGitDirectory` or `FileError`; the journal is kept.
  package func recover(_ direction: Direction) throws -> Recovery {
    guard let record = try findRecord() else { return .nothingToDo }
    if record.has(JournalFolder.Name.abort) {
      return try rollBack(read(JournalFolder.Name.abort, record), record)
    }
    if record.has(JournalFolder.Name.journal) {
      let plan = try read(JournalFolder.Name.journal, record)
      return switch direction {
      case .back: try rollBack(plan, record)
      case .forward: try finish(plan, record)
      }
    }
    guard record.has(JournalFolder.Name.plan) else {
      record.removeOldCopies()
      return .nothingToDo
    }
    // A torn plan was written before anything was staged.
    let plan = try? Journal(record.read(JournalFolder.Name.plan))
    if plan != nil { _ = try read(JournalFolder.Name.plan, record) }
    try discard(plan ?? Journal(root: place.root, folders: [], files: []), record)
    return .discarded
  }

  private func read(_ name: String, _ record: JournalFolder) throws -> Journal {
    let bytes = try record.read(name)
    let plan: Journal
    do throws(Journal.Fault) { plan = try Journal(bytes) } catch {
      throw JournalError(path: record.path(name), message: error.message)
    }
    guard place.sharing == .exclusive || plan.root == place.root else {
      throw JournalError(path: record.path(name), message: "belongs to another work tree")
    }
    for file in plan.files { try folder.refuseGitFolders(local(file.path), below: place.ceiling) }
    return plan
  }

  private func finish(_ plan: Journal, _ record: JournalFolder) throws -> Recovery {
    let states = try plan.files.map { try state(of: $0) }
    let diverged = zip(plan.files, states).filter { file, state in
      state == .other || state == .old && stagedDigest(file) != file.new
    }
    guard diverged.isEmpty else { throw Diverged(paths: diverged.map(\.0.path)) }
    for (file, state) in zip(plan.files, states) where state == .old { try renameStaged(file) }
    for parent in parents(of: plan) { try folder.syncFolder(parent.text) }
    try end(plan, record, JournalFolder.Name.journal)
    return .rolledForward(plan.files.map(\.path))
  }

  private func rollBack(_ plan: Journal, _ record: JournalFolder) throws -> Recovery {
    let states = try plan.files.map { try state(of: $0) }
    let diverged = zip(plan.files, states).filter { $0.1 == .other }
    guard diverged.isEmpty else { throw Diverged(paths: diverged.map(\.0.path)) }
    if record.has(JournalFolder.Name.journal) {
      try record.rename(JournalFolder.Name.journal, JournalFolder.Name.abort)
      try record.sync()
    }
    for (index, file) in plan.files.enumerated() where states[index] == .new {
      if file.old == nil {
        try folder.remove(local(file.path))
      } else {
        try restore(file, from: JournalFolder.Name.old(index), record)
      }
    }
    for file in plan.files { try folder.removeIfPresent(local(file.stagedPath)) }
    for parent in parents(of: plan) where folder.isFolder(parent.text) {
      try folder.syncFolder(parent.text)
    }
    for path in plan.folders.reversed() { try folder.removeFolder(local(path)) }
    try end(plan, record, JournalFolder.Name.abort)
    return .rolledBack(plan.files.map(\.path))
  }

  private func restore(_ file: JournalEntry, from copy: String, _ record: JournalFolder) throws {
    let bytes = try record.read(copy)
    guard digest(bytes) == file.old else {
      throw JournalError(path: record.path(copy), message: "has another digest for this file")
    }
    let staged = local(file.stagedPath)
    try folder.removeIfPresent(staged)
    try folder.create(bytes, at: staged, mode: file.mode)
    try folder.syncFile(staged)
    try renameStaged(file)
  }

  private enum State { case old, new, other }

  private func state(of file: JournalEntry) throws -> State {
    let current = try folder.readNowIfPresent(local(file.path), links: .refused).map(digest)
    return current == file.new ? .new : current == file.old ? .old : .other
  }

  private func stagedDigest(_ file: JournalEntry) -> String? {
    (try? folder.readNowIfPresent(local(file.stagedPath), links: .refused)).flatMap {
      $0.map(digest)
    }
  }
}
