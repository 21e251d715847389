/// What reaches a listener, and when the progress of long work is shown.
///
/// The listener is that of the whole process, so each test has a process of its own.

import Reporting
import Testing

@Suite("Notices")
struct NoticesTests {
  @Test("every notice reaches the listener as it was given, in order")
  func everything() async {
    await #expect(processExitsWith: .success) {
      let ear = Ear()
      Notices.warn("nobody listens yet")
      Notices.send(to: ear)
      Notices.warn(Diagnostic("m", hint: "h", file: "f"))
      Notices.warn("a sentence")
      Notices.say("said")
      Notices.progress("1 of 2")
      Notices.progress(nil)
      Notices.reached("checked")
      Notices.wrote()
      #expect(
        ear.heard == [
          "warn f: m / h", "warn a sentence / no hint", "say said", "progress 1 of 2",
          "progress nothing", "reached checked", "wrote",
        ])
    }
  }

  @Test("a second listener takes the place of the first")
  func second() async {
    await #expect(processExitsWith: .success) {
      let (first, second) = (Ear(), Ear())
      Notices.send(to: first)
      Notices.say("one")
      Notices.send(to: second)
      Notices.say("two")
      #expect(first.heard == ["say one"] && second.heard == ["say two"])
    }
  }

  @Test("nothing is verbose before it is asked for")
  func verbose() async {
    await #expect(processExitsWith: .success) {
      #expect(!Notices.isVerbose)
      Notices.beVerbose()
      #expect(Notices.isVerbose)
    }
  }

  @Test("progress is shown once the work takes longer than two seconds")
  func progress() async {
    await #expect(processExitsWith: .success) {
      let (given, ear) = (Given(), Ear())
      Surroundings.read(from: given)
      Notices.send(to: ear)
      var progress = Progress("checked", of: 40)
      progress.advance(3)
      given.pass(2)
      progress.advance(4)
      #expect(ear.heard == [])
      given.pass(1)
      progress.advance(5)
      #expect(ear.heard == ["progress 12 of 40 checked"])
      progress.advance(28)
      progress.end()
      #expect(ear.heard.dropFirst() == ["progress 40 of 40 checked", "progress nothing"])
    }
  }

  @Test("quick work shows no progress, and has none to remove")
  func quick() async {
    await #expect(processExitsWith: .success) {
      let (given, ear) = (Given(), Ear())
      Surroundings.read(from: given)
      Notices.send(to: ear)
      var progress = Progress("read", of: 1)
      progress.advance(1)
      given.pass(60)
      progress.end()
      #expect(ear.heard == [])
    }
  }

  @Test("two seconds are those of the work, not of the process")
  func own() async {
    await #expect(processExitsWith: .success) {
      let (given, ear) = (Given(), Ear())
      Surroundings.read(from: given)
      Notices.send(to: ear)
      given.pass(100)
      var progress = Progress("read", of: 9)
      progress.advance(1)
      given.pass(2)
      progress.advance(1)
      progress.end()
      #expect(ear.heard == [])
    }
  }
}
