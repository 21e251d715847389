/// The right to change a folder, and the journal of its changes, for workspaces and for other folders.

internal import Cryptography
internal import Glibc
internal import Transactions

extension Committer {
  /// The committer of a folder, whose journal git's directory keeps where there is one.
  ///
  /// A journal inside the work tree is nobody's but an attacker's where git keeps it elsewhere.
  init(_ folder: WorkspaceFolder, git: GitRepository?) throws {
    let inside = folder.path + "/.moltseal"
    if git != nil, access(inside + "/journal", F_OK) == 0 {
      throw CommandError(
        "'.moltseal/journal' stands in the work tree, where moltseal keeps none",
        hint: "it was committed or copied here; look at it, then remove .moltseal")
    }
    self.init(
      folder: folder, journalFolder: git?.journalFolder(for: folder.path) ?? inside,
      digest: { "sha256:" + Digest.sha256($0) }, step: TestHooks.reached)
  }
}

extension WorkspaceFolder {
  /// The right to change the folder; refused where another run has it.
  ///
  /// - Parameter place: where that run is at work, as a person calls it.
  func lock(_ place: String) throws -> WorkspaceLock {
    do throws(FileError) {
      return try WorkspaceLock(self)
    } catch {
      guard error.isLocked else { throw CommandError(error, what: "cannot lock") }
      throw CommandError("another moltseal is at work \(place)", hint: "wait for it to end")
    }
  }
}
