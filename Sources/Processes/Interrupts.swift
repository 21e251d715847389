/// Handles Ctrl-C, SIGTERM and SIGHUP: finishes or undoes the current write and reports it, then
/// lets the signal end the process.

internal import Glibc
internal import Synchronization

package enum Interrupts {
  /// What a command leaves to do when a signal ends it.
  package struct End: Sendable {
    /// What to say of the files if none was written; nil for a command that writes none.
    package var nothingWritten: String?
    /// Removes what must not stay, such as temporary folders.
    package var cleanUp: @Sendable () -> Void
    /// Says that the command was ended, and what that leaves.
    package var say: @Sendable (String) -> Void

    package init(
      nothingWritten: String? = nil, cleanUp: @escaping @Sendable () -> Void = {},
      say: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      self.nothingWritten = nothingWritten
      self.cleanUp = cleanUp
      self.say = say
    }
  }

  /// Sets what is done when a signal ends the command.
  package static func atEnd(_ end: End) { self.end = end }

  /// Whether the command writes files at all.
  package static var changesFiles: Bool { end.nothingWritten != nil }

  /// Calls `body` in a state of the terminal that must not outlive the command.
  ///
  /// - Parameter restore: gives the terminal back as it was; it is called if a signal ends the
  ///   command meanwhile.
  package static func restoring<Value>(
    _ restore: @escaping @Sendable () -> Void, _ body: () -> Value
  ) -> Value {
    self.restore.withLock { $0 = restore }
    defer { self.restore.withLock { $0 = nil } }
    return body()
  }

  /// What a signal would leave behind.
  private enum State { case nothingWritten, written, unfinished }

  private static let isWatched = Atomic(false)
  private static let isRequested = Atomic(false)
  /// Whether an all-or-nothing write is in progress.
  private static let isFinishing = Atomic(false)
  /// The thread that waits for signals.
  private static let waiter = Mutex<pthread_t?>(nil)
  private static let state = Mutex(State.nothingWritten)
  /// What the shell does at the end; set once, before any thread starts.
  nonisolated(unsafe) private static var end = End()
  /// Gives a terminal back as it was, while its echo is off.
  private static let restore = Mutex<(@Sendable () -> Void)?>(nil)

  private static let names: [(number: Int32, name: String)] = [
    (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"),
  ]

  /// Starts to handle the three signals; one that the parent process ignores stays ignored.
  ///
  /// Call this before creating any folder, child or change that a signal would leave behind, and
  /// before starting any other thread.
  package static func watch() {
    guard !isWatched.exchange(true, ordering: .relaxed) else { return }
    var handled = sigset_t()
    sigemptyset(&handled)
    for (number, _) in names where !isIgnored(number) { sigaddset(&handled, number) }
    // Threads that start later inherit the mask, so only the one below waits for the signals.
    pthread_sigmask(SIG_BLOCK, &handled, nil)
    var thread = pthread_t()
    pthread_create(&thread, nil, { _ in Interrupts.wait() }, nil)
    pthread_detach(thread)
  }

  /// Whether a signal has arrived, so that no optional work should start.
  package static var isPending: Bool { isRequested.load(ordering: .acquiring) }

  /// Runs an all-or-nothing write; a signal waits until it ends.
  ///
  /// - Parameter writes: whether a result means that something was written.
  /// - Parameter leaves: whether a failure leaves something unfinished.
  package static func finishing<Value, E: Error>(
    writes: (Value) -> Bool, leaves: (E) -> Bool, _ body: () throws(E) -> Value
  ) throws(E) -> Value {
    watch()
    let result = state.withLock { state -> Result<Value, E> in
      isFinishing.store(true, ordering: .releasing)
      defer { isFinishing.store(false, ordering: .releasing) }
      do throws(E) {
        let value = try body()
        if writes(value) { state = .written }
        return .success(value)
      } catch {
        if leaves(error) { state = .unfinished }
        return .failure(error)
      }
    }
    endIfPending()
    return try result.get()
  }

  /// Waits for the process to end if a signal has arrived, so that errors caused by the signal are
  /// not reported.
  package static func endIfPending() {
    while isPending || isOnItsWay { sleep(1) }
  }

  /// Whether a signal has arrived that the waiting thread has not taken yet.
  private static var isOnItsWay: Bool {
    guard isWatched.load(ordering: .relaxed) else { return false }
    var pending = sigset_t()
    guard sigpending(&pending) == 0 else { return false }
    return names.contains { sigismember(&pending, $0.number) == 1 && !isIgnored($0.number) }
  }

  /// Suppresses output after a signal, except that of the waiting thread, which prints the last
  /// line.
  package static func holdBack() {
    guard isPending, !isFinishing.load(ordering: .acquiring) else { return }
    let isWaiter = waiter.withLock { $0.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    if !isWaiter { endIfPending() }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func wait() -> UnsafeMutableRawPointer? {
    waiter.withLock { $0 = pthread_self() }
    var handled = sigset_t()
    sigemptyset(&handled)
    for (number, _) in names { sigaddset(&handled, number) }
    var number: Int32 = 0
    while sigwait(&handled, &number) != 0 || isIgnored(number) {}
    isRequested.store(true, ordering: .releasing)
    // Wait until the current write is finished or undone.
    state.withLock { state in
      ChildGroups.killAll()
      end.cleanUp()
      restore.withLock { $0?() }
      say(number, state)
      signal(number, SIG_DFL)
      var one = sigset_t()
      sigemptyset(&one)
      sigaddset(&one, number)
      pthread_sigmask(SIG_UNBLOCK, &one, nil)
      raise(number)
    }
    return nil
  }

  private static func say(_ number: Int32, _ state: State) {
    let name = names.first { $0.number == number }?.name ?? "a signal"
    let what =
      switch state {
      case .written: ": everything was written"
      case .unfinished: ": the change is half done; finish it with moltseal recover"
      case .nothingWritten: end.nothingWritten.map { ": \($0)" } ?? ""
      }
    end.say("ended by \(name)\(what)")
  }
}
