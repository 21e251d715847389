/// `moltseal recover`: finishes or undoes an interrupted run.

internal import ArgumentParser
internal import Reporting
internal import Repository
internal import Files

struct RecoverCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: "Finish or undo an interrupted run.")

  @Flag(help: "Undo the run instead of finishing it.")
  var abort = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    try global.enter()
    let place = try ChangePlace.here()
    let locks = try place.lock()
    var isIdle = true
    for committer in try place.recoverers() {
      switch try Interruption.recover(committer, abort ? .back : .forward) {
      case .nothingToDo: continue
      case .discarded:
        Notices.say("the interrupted run had changed nothing; its leftovers were removed")
      case .rolledForward(let paths):
        Notices.say("finished: \(paths.joined(separator: ", "))")
      case .rolledBack(let paths): Notices.say("undone: \(paths.joined(separator: ", "))")
      }
      isIdle = false
    }
    if isIdle { Notices.say("there is nothing to recover") }
    withExtendedLifetime(locks) {}
  }
}
