/// What the process was started with: clock, variables, processors. The shell reads them.

package import Kubernetes
package import Processes

/// The time, the variables and the machine, which no library reads by itself.
///
/// The shell sets a source once, before any thread starts; a test sets its own.
package enum Surroundings {
  /// Before the shell has set one: the beginning of time, and no variables.
  private struct Nothing: Source {
    func now() -> Timestamp { Timestamp(seconds: 0) }
    func text(_ name: String) -> String? { nil }
    func isSet(_ name: String) -> Bool { false }
    var withoutOwn: [[UInt8]] { [] }
    var processors: Int { 1 }
  }

  nonisolated(unsafe) private static var source: any Source = Nothing()

  /// Sets where everything is read from now on.
  package static func read(from source: any Source) { self.source = source }

  /// Returns the current time, to the second.
  package static func now() -> Timestamp { source.now() }

  /// Returns a variable that contains no secret, or nil if it is unset or empty.
  package static func text(_ name: String) -> String? { source.text(name) }

  /// Whether a variable is set, even if empty.
  package static func isSet(_ name: String) -> Bool { source.isSet(name) }

  /// The number of threads that may work at once.
  package static var processors: Int { source.processors }

  // MARK: The environments of other programs

  /// The setup for a program that needs only PATH and HOME.
  ///
  /// It gets none of moltseal's variables, and none of git's that would make it look elsewhere.
  package static var bareSetup: Subprocess.Setup {
    let kept = ["PATH", "HOME"].compactMap { key in text(key).map { "\(key)=\($0)" } }
    return Subprocess.Setup(
      variables: (["LC_ALL=C"] + kept).map { Array($0.utf8) }, searchPath: text("PATH"))
  }

  /// The setup for a builder, without a kubeconfig, so that a kubectl that asks its cluster for a
  /// version finds none.
  package static var builderSetup: Subprocess.Setup {
    let path = text("PATH").map { ["PATH=\($0)"] } ?? []
    var setup = Subprocess.Setup(
      variables: (["LC_ALL=C", "KUBECONFIG=/dev/null"] + path).map { Array($0.utf8) },
      searchPath: text("PATH"))
    setup.isIsolated = true
    return setup
  }

  /// The setup for a builder that may fetch; git finds the user's settings and keys.
  package static var fetchingBuilderSetup: Subprocess.Setup {
    let kubeconfig = Array("KUBECONFIG=".utf8)
    return Subprocess.Setup(
      variables: source.withoutOwn.filter { !$0.starts(with: kubeconfig) }
        + [Array("KUBECONFIG=/dev/null".utf8)], searchPath: text("PATH"))
  }

  /// The setup for a program that works as if the user had started it.
  package static var usersSetup: Subprocess.Setup {
    Subprocess.Setup(variables: source.withoutOwn, searchPath: text("PATH"))
  }
}

extension Surroundings {
  /// Reads the clock and the environment.
  package protocol Source: Sendable {
    /// The current time, to the second.
    func now() -> Timestamp
    /// A variable that contains no secret; nil if it is unset or empty.
    func text(_ name: String) -> String?
    /// Whether a variable is set, even if empty.
    func isSet(_ name: String) -> Bool
    /// All variables except moltseal's own, as the bytes of `NAME=value`.
    var withoutOwn: [[UInt8]] { get }
    /// The number of threads that may work at once.
    var processors: Int { get }
  }
}
