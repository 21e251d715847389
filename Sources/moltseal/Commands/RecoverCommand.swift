/// `moltseal recover`.

internal import ArgumentParser
internal import Transactions

struct RecoverCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: "Finish, or undo, an interrupted run.")

  @Flag(help: "Go back to before the run instead.")
  var abort = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let workspace = try LoadedWorkspace.find()
    let lock = try workspace.lock()
    switch try Interruption.recover(try workspace.committer(), abort: abort) {
    case .nothingToDo: Terminal.message("there is nothing to recover")
    case .discarded:
      Terminal.message("the interrupted run had changed nothing; its leftovers are removed")
    case .rolledForward(let paths): Terminal.message("finished: \(paths.joined(separator: ", "))")
    case .rolledBack(let paths): Terminal.message("undone: \(paths.joined(separator: ", "))")
    }
    _ = consume lock
  }
}
