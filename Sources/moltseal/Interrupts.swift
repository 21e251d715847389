/// Ctrl-C, SIGTERM and SIGHUP: what was begun is finished or taken back, and said, before the process dies
/// of the signal.

internal import Glibc
internal import Processes
internal import Synchronization
internal import Transactions

enum Interrupts {
  /// What a signal would leave behind.
  private enum State { case nothingWritten, written, unfinished }

  private static let isWatched = Atomic(false)
  private static let isRequested = Atomic(false)
  /// Whether something is written as a whole just now.
  private static let isFinishing = Atomic(false)
  /// The thread that waits for signals.
  private static let waiter = Mutex<pthread_t?>(nil)
  private static let state = Mutex(State.nothingWritten)
  /// Whether the command writes files at all.
  nonisolated(unsafe) static var changesFiles = false  // Set once, before any thread starts.
  /// A terminal whose echo is off, and how it was before.
  static let terminal = Mutex<(descriptor: Int32, before: termios)?>(nil)

  private static let names: [(number: Int32, name: String)] = [
    (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"),
  ]

  /// Handles the three signals from here on; one that the parent has told us to ignore stays so.
  ///
  /// Called before the first folder, child or change that one of them would leave behind, and before any
  /// other thread starts.
  static func watch() {
    guard !isWatched.exchange(true, ordering: .relaxed) else { return }
    var handled = sigset_t()
    sigemptyset(&handled)
    for (number, _) in names where !isIgnored(number) { sigaddset(&handled, number) }
    // Every thread that starts later has the same mask: the one below alone waits for them.
    pthread_sigmask(SIG_BLOCK, &handled, nil)
    var thread = pthread_t()
    pthread_create(&thread, nil, { _ in Interrupts.wait() }, nil)
    pthread_detach(thread)
  }

  /// Whether a signal has come: nothing that can be left out is begun any more.
  static var isPending: Bool { isRequested.load(ordering: .acquiring) }

  /// Writes something as a whole: a signal waits for its end.
  ///
  /// - Parameter writes: whether a result means that something was written.
  /// - Parameter leaves: whether a failure leaves something unfinished.
  static func finishing<Value, E: Error>(
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

  /// Waits for the end of the process, where a signal has come: what ended because of it is not said.
  static func endIfPending() {
    while isPending || isOnItsWay { sleep(1) }
  }

  /// Whether a signal has come that the waiting thread has not had the time to take.
  private static var isOnItsWay: Bool {
    guard isWatched.load(ordering: .relaxed) else { return false }
    var pending = sigset_t()
    guard sigpending(&pending) == 0 else { return false }
    return names.contains { sigismember(&pending, $0.number) == 1 && !isIgnored($0.number) }
  }

  /// Says nothing more where a signal has come, but for what is said of it: the last line is its own.
  static func holdBack() {
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
    // What is being written is finished, or taken back, first.
    state.withLock { state in
      ChildGroups.killAll()
      ScratchFolder.removeAll()
      terminal.withLock { terminal in
        guard let terminal else { return }
        var before = terminal.before
        tcsetattr(terminal.descriptor, TCSAFLUSH, &before)
        Terminal.complain("\n")
      }
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
      case .nothingWritten: changesFiles ? ": \(CommandError.nothingWritten)" : ""
      }
    Terminal.message("ended by \(name)\(what)")
  }
}
