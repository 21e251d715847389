/// `verify --online`: what the controller says of each object.

package import ClusterAccess
internal import Rules
internal import Reporting

extension Controller {
  /// Asks about each object that has not failed here, and adds what the controller says.
  ///
  /// - Throws: `CommandError` if the controller cannot be asked.
  package func ask(about verdicts: inout [Operations.Verdict], _ service: Service) throws {
    var pace = Pace()
    var progress = Progress("asked", of: verdicts.count)
    for index in verdicts.indices {
      // An object that has failed here is never sent.
      guard let root = verdicts[index].root, let document = verdicts[index].document,
        !verdicts[index].hasFailed
      else { continue }
      let body = document.requestBody(root)
      let answer = try pace.ask { try verify(body, service) }
      if answer != .opens {
        let cannot = answer == .doesNotOpen ? "open" : "read"
        verdicts[index].findings.append(
          Finding(
            code: answer == .doesNotOpen ? "cannot-be-opened" : "not-read", severity: .error,
            message: "the controller \(service.name) cannot \(cannot) it",
            hint: answer == .doesNotOpen
              ? "to see which item, and why: unseal with a backed-up key"
              : "to see what is wrong: verify without \(CLI.online)",
            file: verdicts[index].file, location: verdicts[index].location))
      } else {
        verdicts[index].wasOpened()
      }
      progress.advance(1)
    }
    progress.end()
  }
}
