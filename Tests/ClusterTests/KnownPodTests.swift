/// Which pods are known to have a Secret, and until when.

import Kubernetes
import Planning
import Testing
import YAML

@testable import Cluster

extension PodStateTests {
  @Test("a container that is known to have the Secret counts until it starts again")
  func known() throws {
    let started = "c@\(Self.before)"
    let old = try pod(statuses: running(Self.before))
    #expect(try kinds(old) == [.no, .no])
    #expect(try kinds(old, known: ["u": started]) == [.yes, .yes])
    #expect(try kinds(old, known: ["u": "x@y \(started)"]) == [.yes, .yes])
    #expect(try kinds(old, known: ["v": started]) == [.no, .no])
    #expect(try kinds(old, known: ["u": "d@\(Self.before)"]) == [.no, .no])
    let initial = try pod(statuses: running(Self.late), initial: ended("reader", Self.before))
    #expect(try kinds(initial, known: ["u": "reader@\(Self.before)"]) == [.yes, .yes])
  }

  @Test("what is remembered are the pods that have it, with when their containers started")
  func current() throws {
    let made = try #require(Timestamp(Self.made))
    let new = try pod(
      statuses: running(Self.late), initial: ended("other", Self.before))
    #expect(
      judgement([new]).current("s", rotation: nil, made: made)
        == ["u": "c@\(Self.late) other@\(Self.before)"])
    #expect(judgement([new]).current("t", rotation: nil, made: made) == [:])
    let old = try pod(statuses: running(Self.before))
    #expect(judgement([old]).current("s", rotation: nil, made: made) == [:])
    #expect(judgement([try pod()]).current("s", rotation: nil, made: made) == [:])
  }
}
