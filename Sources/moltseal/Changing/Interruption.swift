/// What an interrupted run leaves behind, in words, and the commit that could be interrupted.

internal import Transactions

enum Interruption {
  /// Writes all files or none, and explains which it was.
  static func commit(_ changes: ChangeSet, with committer: Committer) throws {
    do throws(Committer.Failure) {
      try committer.commit(changes)
      Terminal.statusWithoutOutput = 0
    } catch {
      let reason: String
      switch error.underlying {
      case let changed as Committer.ChangedMeanwhile:
        reason = "'\(changed.path)' was changed while moltseal was at work"
      case let file as FileError: reason = "cannot \(file.operation) '\(file.path)': \(file.reason)"
      default: reason = "\(error.underlying)"
      }
      guard error.isCommitted else {
        throw CommandError(reason, hint: "mend that and run the command again")
      }
      throw CommandError(
        reason, hint: "mend that, then: moltseal recover (or recover --abort)",
        consequence: "the change is half done; its journal is kept", status: 2)
    }
  }

  /// Finishes what an earlier run left.
  ///
  /// - Returns: whether there was something; the command that found it ends there.
  static func settle(_ committer: Committer) throws -> Bool {
    switch try recover(committer, abort: false) {
    case .nothingToDo: return false
    case .discarded:
      throw CommandError(
        "an interrupted run was found; it had changed nothing, and its leftovers are removed",
        hint: "run the command again")
    case .rolledForward(let paths):
      Terminal.message(
        "recovered an interrupted run: \(paths.joined(separator: ", ")) are as it meant them")
      Terminal.message(
        "next: look at git diff, commit, and run the command again if it is still needed")
      return true
    case .rolledBack(let paths):
      Terminal.message(
        "recovered: \(paths.joined(separator: ", ")) are as they were before the run that was undone"
      )
      Terminal.message(
        "next: look at git diff, commit, and run the command again if it is still needed")
      return true
    }
  }

  /// `--dry-run` neither recovers nor plans on top of half a change.
  static func refuse(_ committer: Committer) throws {
    guard committer.isInterrupted else { return }
    throw CommandError(
      "an interrupted run was left here", hint: "finish it first: moltseal recover", status: 2)
  }

  static func recover(_ committer: Committer, abort: Bool) throws -> Committer.Recovery {
    do {
      return try committer.recover(abort: abort)
    } catch let error as Committer.Diverged {
      throw CommandError(
        "an interrupted run cannot be finished: \(error.paths.joined(separator: ", ")) was changed since",
        hint: abort
          ? "put back the bytes from before or after the run; git shows both"
          : "put back the bytes from before or after the run, or undo it: moltseal recover --abort",
        consequence: "nothing was overwritten; the journal is \(committer.journalFolder)", status: 2
      )
    } catch let error as JournalError {
      throw CommandError(
        "the journal \(error.message)", hint: "look at \(committer.journalFolder), then remove it",
        file: "\(committer.journalFolder)/journal", status: 2)
    } catch let error as FileError {
      throw CommandError(
        "cannot \(error.operation) '\(error.path)': \(error.reason)",
        hint: "mend that, then run: moltseal recover",
        consequence: "the change is half done; its journal is kept", status: 2)
    }
  }
}
