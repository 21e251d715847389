/// All files of a run, or none: staged, journalled, renamed.

internal import Glibc

/// Writes change sets, and finishes or undoes what an interrupted run left.
///
/// The order is: plan, old copies, staged files, then the plan becomes the journal (the commit
/// point), renames, and the journal goes. A run that dies before the commit point has changed
/// nothing; one that dies after it is rolled forward by the next.
package struct Committer {
  private let folder: WorkspaceFolder
  /// The journal's own folder, an absolute path.
  package let journalFolder: String
  private let digest: ([UInt8]) -> String
  /// Told the name of every step when it is done; tests stop the process there.
  private let step: (String) -> Void

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

  private var planPath: String { journalFolder + "/plan" }
  private var journalPath: String { journalFolder + "/journal" }
  /// The journal once a recovery has begun to go back: from then on that is the only way.
  private var abortPath: String { journalFolder + "/abort" }
  private func oldPath(_ index: Int) -> String { journalFolder + "/old-\(index)" }

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

  private func prepare(_ changes: ChangeSet) throws -> [JournalEntry] {
    // Everything that was decided from must still be so, templates and certificate included.
    if let path = try folder.firstChangedSinceRead() { throw ChangedMeanwhile(path: path) }
    return try changes.changes.map { change in
      let path = try folder.resolved(change.path)
      guard !path.utf8.contains(10) else { throw FileError("open", path, code: EINVAL) }
      guard try folder.readNowIfPresent(path) == change.old else {
        throw ChangedMeanwhile(path: path)
      }
      return JournalEntry(
        path: path, mode: try mode(of: path) ?? 0o644, old: change.old.map(digest),
        new: digest(change.new))
    }
  }

  private func stage(_ files: [JournalEntry], _ changes: ChangeSet) throws {
    try makeFolders(journalFolder)
    try write(JournalText.write(files), to: planPath)
    try syncFolder(journalFolder)
    step("planned")
    for (index, change) in changes.changes.enumerated() {
      guard let old = change.old else { continue }
      try write(old, to: oldPath(index))
      step("saved-\(index + 1)")
    }
    for (index, file) in files.enumerated() {
      try makeFolder(of: file.path)
      try stage(changes.changes[index].new, file)
      step("staged-\(index + 1)")
    }
    for parent in parents(of: files) { try sync(parent) }
  }

  private func stage(_ bytes: [UInt8], _ file: JournalEntry) throws {
    let staged = try Descriptor(
      beneath: folder.descriptor, file.stagedPath, O_WRONLY | O_CREAT | O_EXCL, mode: file.mode)
    try staged.write(bytes, file.stagedPath)
    guard fchmod(staged.number, file.mode) == 0 else { throw FileError("chmod", file.stagedPath) }
    try staged.sync(file.stagedPath)
  }

  private func rollForward(_ files: [JournalEntry]) throws {
    for (index, file) in files.enumerated() {
      try renameStaged(file)
      step("renamed-\(index + 1)")
    }
    for parent in parents(of: files) { try sync(parent) }
    step("synced")
    try removeJournal(files)
    step("cleaned")
  }

  private func renameStaged(_ file: JournalEntry) throws(FileError) {
    let (parent, name) = split(file.path)
    let descriptor = try Descriptor(beneath: folder.descriptor, parent, O_RDONLY | O_DIRECTORY)
    guard renameat(descriptor.number, split(file.stagedPath).name, descriptor.number, name) == 0
    else { throw FileError("rename", file.path) }
  }

  // MARK: Recovering

  package enum Recovery: Equatable, Sendable {
    case nothingToDo
    /// An interrupted run had changed nothing; its leftovers are gone.
    case discarded
    case rolledForward([String])
    case rolledBack([String])
  }

  /// Files that hold neither their old nor their new bytes. Nothing was overwritten.
  package struct Diverged: Error {
    package let paths: [String]
  }

  /// Whether an interrupted run has left something. Changes nothing.
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

  private func finish(_ files: [JournalEntry]) throws -> Recovery {
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

  private func rollBack(_ files: [JournalEntry]) throws -> Recovery {
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

  private enum State { case old, new, other }

  private func state(of file: JournalEntry) throws -> State {
    let current = try folder.readNowIfPresent(file.path).map(digest)
    return current == file.new ? .new : current == file.old ? .old : .other
  }

  private func stagedDigest(_ file: JournalEntry) -> String? {
    (try? folder.readNowIfPresent(file.stagedPath)).flatMap { $0.map(digest) }
  }

  // MARK: Files

  private func discardPlan(_ files: [JournalEntry]) {
    // What cannot be removed is found, and tried again, by the next run: the plan goes last.
    guard (try? files.forEach { try removeIfPresent($0.stagedPath) }) != nil else { return }
    unlink(planPath)
    removeOldCopies()
  }

  private func removeJournal(_ files: [JournalEntry]) throws {
    for file in files { try removeIfPresent(file.stagedPath) }
    let journal = exists(abortPath) ? abortPath : journalPath
    guard unlink(journal) == 0 else { throw FileError("unlink", journal) }
    removeOldCopies()
  }

  /// Removes the old copies of a change that is over, and the folder. What stays behind is tried
  /// again by the next run.
  private func removeOldCopies() {
    guard let stream = opendir(journalFolder) else { return }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix("old-") { unlink(journalFolder + "/" + name) }
    }
    closedir(stream)
    rmdir(journalFolder)
  }

  private func parents(of files: [JournalEntry]) -> Set<String> { Set(files.map { split($0.path).folder }) }

  private func sync(_ path: String) throws(FileError) {
    try Descriptor(beneath: folder.descriptor, path, O_RDONLY | O_DIRECTORY).sync(path)
  }

  private func syncFolder(_ path: String) throws(FileError) {
    try Descriptor(folder: path).sync(path)
  }

  private func mode(of path: String) throws(FileError) -> UInt32? {
    do {
      return try Descriptor(beneath: folder.descriptor, path, O_RDONLY).mode(path)
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }

  private func remove(_ path: String) throws(FileError) {
    let (parent, name) = split(path)
    let descriptor = try Descriptor(beneath: folder.descriptor, parent, O_RDONLY | O_DIRECTORY)
    guard unlinkat(descriptor.number, name, 0) == 0 else { throw FileError("unlink", path) }
  }

  private func removeIfPresent(_ path: String) throws(FileError) {
    do { try remove(path) } catch {
      guard error.isMissing else { throw error }
    }
  }

  private func makeFolder(of path: String) throws(FileError) {
    let parent = split(path).folder
    guard parent != ".", !folder.isFolder(parent) else { return }
    try makeFolder(of: parent)
    let (grandparent, name) = split(parent)
    let descriptor = try Descriptor(beneath: folder.descriptor, grandparent, O_RDONLY | O_DIRECTORY)
    guard mkdirat(descriptor.number, name, 0o755) == 0 || errno == EEXIST else {
      throw FileError("mkdir", parent)
    }
  }

  private func makeFolders(_ path: String) throws(FileError) {
    guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
    guard errno == ENOENT, path.count > 1 else { throw FileError("mkdir", path) }
    try makeFolders(split(path).folder)
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("mkdir", path) }
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private func readFile(_ path: String) throws(FileError) -> [UInt8] {
    let number = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
    guard number >= 0 else { throw FileError("open", path) }
    return try Descriptor(takingOwnershipOf: number).read(path, limit: .max)
  }

  private func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
    let number = retrying { open(path, flags, 0o600) }
    guard number >= 0 else { throw FileError("open", path) }
    let file = Descriptor(takingOwnershipOf: number)
    try file.write(bytes, path)
    try file.sync(path)
  }

  private func rename(_ old: String, _ new: String) throws(FileError) {
    guard Glibc.rename(old, new) == 0 else { throw FileError("rename", new) }
  }
}
