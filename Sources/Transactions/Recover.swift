/// Finishes or undoes what an interrupted run left.

extension Committer {
  package enum Recovery: Equatable, Sendable {
    case nothingToDo
    /// An interrupted run had changed nothing; its leftovers are gone.
    case discarded
    case rolledForward([String])
    case rolledBack([String])
  }

  /// Files that hold neither their old nor their new bytes.
  ///
  /// Nothing was overwritten.
  package struct Diverged: Error {
    package let paths: [String]
  }

  /// Whether an interrupted run has left something.
  ///
  /// Changes nothing.
  package var isInterrupted: Bool {
    exists(journalPath) || exists(planPath) || exists(abortPath)
  }

  /// Finishes an interrupted run, or goes back to before it.
  package func recover(abort: Bool) throws -> Recovery {
    if exists(abortPath) { return try rollBack(JournalText.read(readFile(abortPath))) }
    if exists(journalPath) {
      let files = try JournalText.read(readFile(journalPath))
      return try abort ? rollBack(files) : finish(files)
    }
    guard exists(planPath) else {
      removeOldCopies()
      return .nothingToDo
    }
    // A torn plan was written before anything was staged.
    discardPlan((try? JournalText.read(readFile(planPath))) ?? [])
    return .discarded
  }

  func finish(_ files: [JournalEntry]) throws -> Recovery {
    let states = try files.map { try state(of: $0) }
    let diverged = zip(files, states).filter { file, state in
      state == .other || state == .old && stagedDigest(file) != file.new
    }
    guard diverged.isEmpty else { throw Diverged(paths: diverged.map(\.0.path)) }
    for (file, state) in zip(files, states) where state == .old { try renameStaged(file) }
    for parent in parents(of: files) { try sync(parent) }
    try removeJournal(files)
    return .rolledForward(files.map(\.path))
  }

  func rollBack(_ files: [JournalEntry]) throws -> Recovery {
    let states = try files.map { try state(of: $0) }
    let diverged = zip(files, states).filter { $0.1 == .other }
    guard diverged.isEmpty else { throw Diverged(paths: diverged.map(\.0.path)) }
    if exists(journalPath) {
      try rename(journalPath, abortPath)
      try syncFolder(journalFolder)
    }
    for (index, file) in files.enumerated() where states[index] == .new {
      if file.old == nil {
        try remove(file.path)
      } else {
        try removeIfPresent(file.stagedPath)
        try stage(readFile(oldPath(index)), file)
        try renameStaged(file)
      }
    }
    for parent in parents(of: files) { try sync(parent) }
    try removeJournal(files)
    return .rolledBack(files.map(\.path))
  }

  enum State { case old, new, other }

  func state(of file: JournalEntry) throws -> State {
    let current = try folder.readNowIfPresent(file.path).map(digest)
    return current == file.new ? .new : current == file.old ? .old : .other
  }

  func stagedDigest(_ file: JournalEntry) -> String? {
    (try? folder.readNowIfPresent(file.stagedPath)).flatMap { $0.map(digest) }
  }
}
