/// What git has of the files that a run may write, so that no uncommitted change is overwritten.

internal import Cryptography
internal import Processes
internal import Reporting
internal import Text
internal import Files
internal import Words

/// A running query to git, which works while values are made and sealed.
///
/// It asks for the blobs of HEAD and of the index, and compares them with the bytes that were read;
/// `git status` would run the filters of the repository. A file that only a filter makes equal to
/// its blob (LFS, git-crypt) counts as not committed; different line ends alone do not.
package struct CommittedState: ~Copyable {
  /// git's entry for one path.
  private struct Entry {
    let id: String
    /// `100644` or `100755` for a file.
    let mode: String
    /// 0, or the side of a merge conflict.
    let stage: String
  }

  /// What git was asked for.
  private enum Listing { case head, index }

  private let head: RunningChild
  private let index: RunningChild
  /// The folder of the paths from the repository's root, ending in `/`; or empty.
  private let prefix: String

  /// Starts to ask about files below an absolute folder of the repository.
  ///
  /// - Parameter paths: relative to the folder, without symbolic links.
  init(_ paths: [String], in folder: String, of repository: GitRepository) throws {
    prefix = Path.relative(folder, to: repository.root).map { $0 + "/" } ?? ""
    let named = ["--"] + paths.map { [prefix] in prefix + $0 }
    do throws(any Error) {
      let setup = Surroundings.bareSetup
      let head = try repository.start(["ls-tree", "-z", "--full-tree", "HEAD"] + named, setup)
      index = try repository.start(["ls-files", "-z", "--stage"] + named, setup)
      self.head = head
    } catch let fault as Subprocess.Fault { throw fault.commandError }
  }

  /// Returns the changes whose old bytes, or whose absence, git does not have.
  ///
  /// - Parameter changes: files that were passed to `init`.
  consuming func uncommitted(_ changes: [FileChange]) throws -> [String] {
    let prefix = prefix
    let (head, index) = try entries()
    return changes.filter { change in
      let path = prefix + change.path
      return !CommittedState.has(change.old, head: head[Name(path)], index: index[Name(path)])
    }.map(\.path)
  }

  /// Whether git has any of the files, in HEAD or in the index.
  package consuming func isKnown() throws -> Bool {
    let (head, index) = try entries()
    return !head.isEmpty || !index.isEmpty
  }

  /// Returns git's entries by path.
  private consuming func entries() throws -> (head: [Name: Entry], index: [Name: Entry]) {
    let inHead: Subprocess.Result
    let inIndex: Subprocess.Result
    do throws(any Error) {
      inHead = try head.finish()
      inIndex = try index.finish()
    } catch let fault as Subprocess.Fault { throw fault.commandError }
    return (
      try CommittedState.entries(inHead, of: .head),
      try CommittedState.entries(inIndex, of: .index)
    )
  }

  private static func has(_ old: [UInt8]?, head: Entry?, index: Entry?) -> Bool {
    guard let old else { return head == nil && index == nil }
    guard let head, let index, head.id == index.id, index.stage == "0",
      head.mode.begins(with: "100")
    else { return false }
    if Digest.gitBlob(old, like: head.id) == head.id { return true }
    // With `core.autocrlf` or `eol=crlf`, the blob has other line ends.
    guard old.contains(13) else { return false }
    let normal = old.indices.filter {
      !(old[$0] == 13 && $0 + 1 < old.count && old[$0 + 1] == 10)
    }.map { old[$0] }
    return Digest.gitBlob(normal, like: head.id) == head.id
  }

  /// Parses records of `ls-tree` (`MODE TYPE ID<tab>PATH`) or `ls-files` (`MODE ID
  /// STAGE<tab>PATH`).
  private static func entries(
    _ result: Subprocess.Result, of listing: Listing
  ) throws -> [Name: Entry] {
    guard result.status == 0 else {
      let reason =
        result.errors.pieces(between: "\n").first { !$0.isEmpty } ?? "status \(result.status)"
      // A repository without a commit has no committed files.
      if listing == .head, reason.contains("Not a valid object name HEAD") { return [:] }
      throw CommandError(
        "git failed: \(reason)", hint: "make 'git status' work here, or pass \(CLI.allowDirty)")
    }
    var entries: [Name: Entry] = [:]
    for record in result.output.split(separator: 0) {
      guard let tab = record.firstIndex(of: 9) else { continue }
      let fields = record[..<tab].split(separator: 32).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count == 3 else { continue }
      // The sides of a conflict share a path; none of them is a committed file.
      entries[Name(String(decoding: record[record.index(after: tab)...], as: UTF8.self))] =
        switch listing {
        case .head: Entry(id: fields[2], mode: fields[0], stage: "0")
        case .index: Entry(id: fields[1], mode: fields[0], stage: fields[2])
        }
    }
    return entries
  }
}
