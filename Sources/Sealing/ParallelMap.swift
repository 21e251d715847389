/// Work on all cores, in chunks, with the results in order.

internal import Glibc
internal import Synchronization

/// How many elements a thread takes at a time: as many session keys as one pool of 4 KiB holds.
private let chunkSize = 128

/// Maps the indices from 0 up to `count`, `chunkSize` at a time, on up to `threads` threads.
///
/// - Parameter body: is called with one range of indices at a time, possibly from several threads
///   at once, and gives one element per index.
/// - Throws: the first error that a thread met; the others stop at their next chunk.
func parallelMap<Element: Sendable>(
  count: Int, threads: Int, _ body: @escaping @Sendable (Range<Int>) throws -> [Element]
) throws -> [Element] {
  let chunks = (count + chunkSize - 1) / chunkSize
  let work = ChunkedWork(count: count, chunks: chunks, body: body)
  var started: [pthread_t] = []
  for _ in 1..<max(1, min(threads, chunks)) {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(work as AnyWork)
    guard pthread_create(&thread, nil, runWork, argument.toOpaque()) == 0 else {
      argument.release()
      break  // Fewer threads do the same work.
    }
    started.append(thread)
  }
  work.run()
  for thread in started { pthread_join(thread, nil) }
  return try work.result()
}

/// A thread's body.
///
/// A free function, since a closure made in an isolated context must not run here.
private func runWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // `parallelMap` passes a retained object.
  if let argument { Unmanaged<AnyWork>.fromOpaque(argument).takeRetainedValue().run() }
  return nil
}

/// What a thread can be given: generic classes have no C function of their own.
private class AnyWork: @unchecked Sendable {
  // `@unchecked`: subclasses keep their state in a Mutex.
  func run() {}
}

private final class ChunkedWork<Element: Sendable>: AnyWork, @unchecked Sendable {
  // `@unchecked`: `count`, `chunks` and `body` are constants, the rest is in the Mutex.
  private struct State {
    var nextChunk = 0
    var results: [[Element]]
    var failure: (any Error)?
  }

  private let count: Int
  private let chunks: Int
  private let body: @Sendable (Range<Int>) throws -> [Element]
  private let state: Mutex<State>

  init(count: Int, chunks: Int, body: @escaping @Sendable (Range<Int>) throws -> [Element]) {
    self.count = count
    self.chunks = chunks
    self.body = body
    self.state = Mutex(State(results: Array(repeating: [], count: chunks)))
  }

  override func run() {
    while let chunk = takeChunk() {
      do {
        let elements = try body(chunk * chunkSize..<min(count, (chunk + 1) * chunkSize))
        state.withLock { $0.results[chunk] = elements }
      } catch {
        state.withLock { if $0.failure == nil { $0.failure = error } }
      }
    }
  }

  func result() throws -> [Element] {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      return state.results.flatMap { $0 }
    }
  }

  private func takeChunk() -> Int? {
    state.withLock { state in
      guard state.nextChunk < chunks, state.failure == nil else { return nil }
      defer { state.nextChunk += 1 }
      return state.nextChunk
    }
  }
}
