/// What an operation is told and tells, for tests of a process of their own.

import Kubernetes
import Reporting
import Synchronization

/// A clock that a test moves, and variables that it chooses.
final class Given: Surroundings.Source {
  private let variables: [(name: String, value: String)]
  private let seconds: Mutex<Int>
  let processors: Int

  init(_ variables: [(String, String)] = [], seconds: Int = 1000, processors: Int = 7) {
    self.variables = variables
    self.seconds = Mutex(seconds)
    self.processors = processors
  }

  func pass(_ count: Int) { seconds.withLock { $0 += count } }

  func now() -> Timestamp { Timestamp(seconds: seconds.withLock { $0 }) }

  func text(_ name: String) -> String? {
    variables.first { $0.name == name && !$0.value.isEmpty }?.value
  }

  func isSet(_ name: String) -> Bool { variables.contains { $0.name == name } }

  var withoutOwn: [[UInt8]] {
    variables.filter { !$0.name.hasPrefix("MOLTSEAL_") }.map {
      Array("\($0.name)=\($0.value)".utf8)
    }
  }
}

/// Notes all that it hears.
final class Ear: Notices.Listener {
  private let notes = Mutex<[String]>([])

  var heard: [String] { notes.withLock { $0 } }

  private func note(_ text: String) { notes.withLock { $0.append(text) } }

  func warn(_ diagnostic: Diagnostic) {
    note("warn \(diagnostic.text) / \(diagnostic.hint ?? "no hint")")
  }
  func say(_ text: String) { note("say \(text)") }
  func progress(_ text: String?) { note("progress \(text ?? "nothing")") }
  func reached(_ step: String) { note("reached \(step)") }
  func wrote() { note("wrote") }
}
