/// What a process was started with, and what of that its children get.
///
/// The source is that of the whole process, so each test has a process of its own.

import Kubernetes
import Processes
import Reporting
import Testing

@Suite("Surroundings")
struct SurroundingsTests {
  /// The variables of a user, moltseal's own among them, who has a cluster.
  static let user = [
    ("PATH", "/opt/bin:/bin"), ("HOME", "/home/u"), ("KUBECONFIG", "/home/u/k"),
    ("KUBECONFIG_OLD", "/k"), ("MOLTSEAL_TOKEN", "secret"), ("GIT_DIR", "/elsewhere"),
    ("EMPTY", ""),
  ]

  static func variables(_ setup: Subprocess.Setup) -> [String] {
    setup.variables.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("without a source, it is the beginning of time and there are no variables")
  func nothing() async {
    await #expect(processExitsWith: .success) {
      #expect(Surroundings.now() == Timestamp(seconds: 0))
      #expect(Surroundings.text("PATH") == nil && !Surroundings.isSet("PATH"))
      #expect(Surroundings.processors == 1)
      #expect(SurroundingsTests.variables(Surroundings.usersSetup) == [])
      #expect(SurroundingsTests.variables(Surroundings.bareSetup) == ["LC_ALL=C"])
    }
  }

  @Test("everything is read from the source that was set last")
  func source() async {
    await #expect(processExitsWith: .success) {
      Surroundings.read(from: Given([("PATH", "/x")], seconds: 5, processors: 2))
      let given = Given(SurroundingsTests.user, seconds: 60, processors: 3)
      Surroundings.read(from: given)
      #expect(Surroundings.now() == Timestamp(seconds: 60))
      given.pass(1)
      #expect(Surroundings.now() == Timestamp(seconds: 61))
      #expect(Surroundings.processors == 3)
      #expect(Surroundings.text("HOME") == "/home/u")
      #expect(Surroundings.text("EMPTY") == nil && Surroundings.isSet("EMPTY"))
      #expect(!Surroundings.isSet("NONE"))
    }
  }

  @Test("a program that needs little gets PATH and HOME, and the language of the machine")
  func bare() async {
    await #expect(processExitsWith: .success) {
      Surroundings.read(from: Given(SurroundingsTests.user))
      let setup = Surroundings.bareSetup
      #expect(
        SurroundingsTests.variables(setup) == ["LC_ALL=C", "PATH=/opt/bin:/bin", "HOME=/home/u"])
      #expect(setup.searchPath == "/opt/bin:/bin" && !setup.isIsolated)
    }
  }

  @Test("a variable that is unset or empty is not handed on")
  func unset() async {
    await #expect(processExitsWith: .success) {
      Surroundings.read(from: Given([("HOME", ""), ("PATH", "")]))
      #expect(SurroundingsTests.variables(Surroundings.bareSetup) == ["LC_ALL=C"])
      #expect(Surroundings.bareSetup.searchPath == "/usr/local/bin:/usr/bin:/bin")
      #expect(
        SurroundingsTests.variables(Surroundings.builderSetup)
          == ["LC_ALL=C", "KUBECONFIG=/dev/null"])
      #expect(Surroundings.builderSetup.searchPath == "/usr/local/bin:/usr/bin:/bin")
    }
  }

  @Test("a builder has no cluster, no home and no network")
  func builder() async {
    await #expect(processExitsWith: .success) {
      Surroundings.read(from: Given(SurroundingsTests.user))
      let setup = Surroundings.builderSetup
      #expect(
        SurroundingsTests.variables(setup)
          == ["LC_ALL=C", "KUBECONFIG=/dev/null", "PATH=/opt/bin:/bin"])
      #expect(setup.searchPath == "/opt/bin:/bin" && setup.isIsolated)
    }
  }

  @Test("a builder that may fetch has all of the user's variables but the cluster")
  func fetching() async {
    await #expect(processExitsWith: .success) {
      Surroundings.read(from: Given(SurroundingsTests.user))
      let setup = Surroundings.fetchingBuilderSetup
      #expect(
        SurroundingsTests.variables(setup) == [
          "PATH=/opt/bin:/bin", "HOME=/home/u", "KUBECONFIG_OLD=/k", "GIT_DIR=/elsewhere",
          "EMPTY=", "KUBECONFIG=/dev/null",
        ])
      #expect(setup.searchPath == "/opt/bin:/bin" && !setup.isIsolated)
    }
  }

  @Test("a program of the user's has the cluster too")
  func users() async {
    await #expect(processExitsWith: .success) {
      Surroundings.read(from: Given(SurroundingsTests.user))
      let setup = Surroundings.usersSetup
      #expect(
        SurroundingsTests.variables(setup) == [
          "PATH=/opt/bin:/bin", "HOME=/home/u", "KUBECONFIG=/home/u/k", "KUBECONFIG_OLD=/k",
          "GIT_DIR=/elsewhere", "EMPTY=",
        ])
      #expect(setup.searchPath == "/opt/bin:/bin" && !setup.isIsolated)
    }
  }

  @Test("no variable of moltseal's own reaches any other program")
  func own() async {
    await #expect(processExitsWith: .success) {
      Surroundings.read(from: Given(SurroundingsTests.user))
      for setup in [
        Surroundings.bareSetup, Surroundings.builderSetup, Surroundings.fetchingBuilderSetup,
        Surroundings.usersSetup,
      ] {
        #expect(!SurroundingsTests.variables(setup).contains { $0.contains("MOLTSEAL_") })
      }
    }
  }
}
