/// Recovers interrupted runs, and commits changes so that an interruption can be recovered.

internal import Processes
internal import Reporting
internal import Text
package import Files

/// What must hold before and after files are written, so that every run can be interrupted.
package enum Interruption {
  /// Writes all files or none, and reports which.
  ///
  /// - Parameter folder: the folder of the changes' paths, which is in `place`.
  package static func commit(
    _ changes: ChangeSet, in folder: WorkspaceFolder, of place: ChangePlace
  ) throws {
    guard !changes.isEmpty else { return }
    try place.refuseNested(changes.paths, in: folder)
    let committer = try place.committer(for: folder)
    do throws(Committer.Failure) {
      try Interrupts.finishing(
        writes: { true }, leaves: { $0.isCommitted || $0.leavesStaged }
      ) {
        () throws(Committer.Failure) in try committer.commit(changes)
      }
      Notices.wrote()
    } catch {
      let (reason, hint) = words(error.underlying)
      guard error.isCommitted else {
        throw CommandError(
          reason, hint: error.leavesStaged ? "fix this, then: moltseal recover" : hint,
          consequence: error.leavesStaged
            ? "no file was changed, but staged files are left; moltseal recover removes them"
            : CommandError.nothingWritten)
      }
      throw CommandError(
        reason, hint: "fix this, then: moltseal recover (or recover \(CLI.abort))",
        consequence: "the change is half done; the journal is kept", status: 2)
    }
  }

  /// Finishes what an earlier run left, and then ends the command, because it was asked for in
  /// another state.
  ///
  /// - Throws: `CommandError` with status 2 if there was an interrupted run.
  package static func settle(_ place: ChangePlace) throws {
    for committer in try place.recoverers() {
      switch try recover(committer, .forward) {
      case .nothingToDo: continue
      case .discarded:
        Notices.say(
          "recovered an interrupted run: it had changed nothing, and its leftovers were removed")
      case .rolledForward(let paths):
        Notices.say(
          "recovered an interrupted run; finished: \(paths.joined(separator: ", "))"
        )
      case .rolledBack(let paths):
        Notices.say(
          "recovered an interrupted undo; undone: \(paths.joined(separator: ", "))"
        )
      }
      Notices.say("nothing else was done: the command itself did not run")
      Notices.say(
        "next: look at git diff, commit, and run the command again if it is still needed")
      throw CommandError([], consequence: nil, status: 2)
    }
  }

  /// Refuses to plan on top of an interrupted run, for `--dry-run`, which does not recover.
  package static func refuse(_ place: ChangePlace) throws {
    guard try isInterrupted(place) else { return }
    throw CommandError(
      "an interrupted run was left here", hint: "finish it first: moltseal recover", status: 2)
  }

  /// Whether an interrupted run must be recovered; changes nothing.
  package static func isInterrupted(_ place: ChangePlace) throws -> Bool {
    do {
      return try place.recoverers().contains { try $0.isInterrupted() }
    } catch let error as CommandError {
      throw error
    } catch {
      throw explained(error, nil)
    }
  }

  /// Finishes or undoes what an interrupted run left.
  ///
  /// - Throws: `CommandError` if the files have changed since, or the journal cannot be followed.
  package static func recover(
    _ committer: Committer, _ direction: Committer.Direction
  ) throws -> Committer.Recovery {
    do {
      return try Interrupts.finishing(writes: { $0 != .nothingToDo }, leaves: { _ in true }) {
        () throws(any Error) in
        try committer.recover(direction)
      }
    } catch let error as Committer.Diverged {
      throw CommandError(
        "an interrupted run cannot be finished: \(error.paths.joined(separator: ", ")) was changed since",
        hint: direction == .back
          ? "restore the bytes from before or after the run; git shows both"
          : "restore the bytes from before or after the run, or undo it: moltseal recover \(CLI.abort)",
        consequence: "nothing was overwritten; the journal is \(committer.journal.path)", status: 2)
    } catch {
      throw explained(error, committer)
    }
  }

  /// Explains why a journal could not be read or followed.
  private static func explained(_ error: any Error, _ committer: Committer?) -> CommandError {
    switch error {
    case let error as ForeignJournal:
      CommandError(
        "'\(error.path)' \(error.fault), so its journal is not followed",
        hint: "inspect it, then remove it; moltseal creates it again",
        consequence: "nothing was done")
    case let error as JournalError:
      CommandError(
        "the journal \(error.message)",
        hint: "inspect \(Path.parent(error.path)), then remove it", file: error.path,
        consequence: "nothing was done", status: 2)
    case let error as InsideGitDirectory:
      CommandError(
        "the journal names '\(error.path)', which is inside a git directory",
        hint: "inspect \(committer?.journal.path ?? "it"), then remove it",
        consequence: "nothing was done", status: 2)
    case let error as Committer.JournalUnreadable:
      CommandError(
        "cannot \(error.cause.operation) '\(error.cause.path)': \(error.cause.reason), so it is unknown whether a run was interrupted here",
        hint: "make it readable for this user, and run the command again",
        consequence: "nothing was done")
    case let error as FileError:
      CommandError(
        "cannot \(error.operation) '\(error.path)': \(error.reason)",
        hint: "fix this, then: moltseal recover", consequence: "nothing more was done",
        status: 2
      )
    default: CommandError("\(error)", hint: nil, status: 2)
    }
  }

  /// Explains why files could not be written, and what to do.
  private static func words(_ error: any Error) -> (reason: String, hint: String) {
    let hint = "fix this and run the command again"
    return switch error {
    case let changed as Committer.ChangedMeanwhile:
      ("'\(changed.path)' was changed while moltseal was running", hint)
    case let file as FileError: ("cannot \(file.operation) '\(file.path)': \(file.reason)", hint)
    case let twice as Committer.NamedTwice:
      ("'\(twice.path)' would be written twice", "name each file once")
    case let inside as InsideGitDirectory:
      ("'\(inside.path)' is in a git directory, where moltseal never writes", "name another file")
    case let foreign as ForeignJournal:
      (
        "'\(foreign.path)' \(foreign.fault)",
        "inspect it, then remove it; moltseal creates it again"
      )
    default: ("\(error)", hint)
    }
  }
}
