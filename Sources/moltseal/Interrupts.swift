/// Handles Ctrl-C, SIGTERM and SIGHUP: finishes or undoes the current write and reports it, then
/// lets the signal end the process.

internal import Glibc
internal import Processes
internal import Synchronization
internal import Transactions

enum Interrupts {
  /// What a signal would leave behind.
  private enum State { case nothingWritten, written, unfinished }

  private static let isWatched = Atomic(false)
  private static let isRequested = Atomic(false)
  /// Whether an all-or-nothing write is in progress.
  private static let isFinishing = Atomic(false)
  /// The thread that waits for signals.
  private static let waiter = Mutex<pthread_t?>(nil)
  private static let state = Mutex(State.nothingWritten)
  /// Whether the command writes files at all.
  nonisolated(unsafe) static var changesFiles = false  // Set once, before any thread starts.
  /// A terminal whose echo is off, and its previous settings.
  static let terminal = Mutex<(descriptor: Int32, before: termios)?>(nil)

  private static let names: [(number: Int32, name: String)] = [
    (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"),
  ]

  /// Starts to handle the three signals; one that the parent process ignores stays ignored.
  ///
  /// Call this before creating any folder, child or change that a signal would leave behind, and
  /// before starting any other thread.
  static func watch() {
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
  static var isPending: Bool { isRequested.load(ordering: .acquiring) }

  /// Runs an all-or-nothing write; a signal waits until it ends.
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

  /// Waits for the process to end if a signal has arrived, so that errors caused by the signal are
  /// not reported.
  static func endIfPending() {
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
    // Wait until the current write is finished or undone.
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
