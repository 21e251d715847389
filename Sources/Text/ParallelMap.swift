/// Runs work on all cores in chunks, with the results in order.

internal import Glibc
internal import Synchronization

/// Maps the indices from 0 up to `count`, `chunkSize` at a time, on up to `threads` threads.
///
/// - Parameter chunkSize: how many elements a thread takes at a time; the default is the number of
///   session keys in one pool of 4 KiB.
/// - Parameter body: receives one range of indices at a time, possibly on several threads at once,
///   and returns one element per index.
/// - Throws: the first error of any thread; the others stop at their next chunk.
package func parallelMap<Element: Sendable>(
  count: Int, threads: Int, chunkSize: Int = 128,
  _ body: @escaping @Sendable (Range<Int>) throws -> [Element]
) throws -> [Element] {
  let chunks = (count + chunkSize - 1) / chunkSize
  let queue = ChunkQueue(count: count, size: chunkSize)
  let workers = (0..<max(1, min(threads, chunks))).map { _ in Worker(queue: queue, body: body) }
  var started: [pthread_t] = []
  for worker in workers.dropFirst() {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(worker as Runnable)
    guard pthread_create(&thread, nil, runWorker, argument.toOpaque()) == 0 else {
      argument.release()
      break  // Fewer threads do the same work.
    }
    started.append(thread)
  }
  workers[0].run()
  for thread in started { pthread_join(thread, nil) }
  if let failure = workers.compactMap(\.failure).first { throw failure }
  return workers.flatMap(\.results).sorted { $0.chunk < $1.chunk }.flatMap(\.elements)
}

/// The body of a thread.
///
/// It is a free function, because a closure made in an isolated context must not run here.
private func runWorker(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // `parallelMap` passes a retained object.
  if let argument { Unmanaged<Runnable>.fromOpaque(argument).takeRetainedValue().run() }
  return nil
}

/// The chunks that are not taken yet; the only state that the threads share.
private final class ChunkQueue: Sendable {
  private let count: Int
  private let size: Int
  private var chunks: Int { (count + size - 1) / size }
  private let next = Atomic<Int>(0)

  init(count: Int, size: Int) {
    self.count = count
    self.size = size
  }

  /// The next chunk and its indices; nil if none is left.
  func take() -> (chunk: Int, indices: Range<Int>)? {
    let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
    guard chunk < chunks else { return nil }
    return (chunk, chunk * size..<min(count, (chunk + 1) * size))
  }

  /// Leaves nothing to take.
  func close() { next.store(chunks, ordering: .relaxed) }
}

/// A non-generic base class: a generic class cannot be passed to a C function.
private class Runnable {
  func run() {}
}

/// The work of one thread.
///
/// Only its thread uses it, until that thread has been joined.
private final class Worker<Element: Sendable>: Runnable {
  private let queue: ChunkQueue
  private let body: @Sendable (Range<Int>) throws -> [Element]
  private(set) var results: [(chunk: Int, elements: [Element])] = []
  private(set) var failure: (any Error)?

  init(queue: ChunkQueue, body: @escaping @Sendable (Range<Int>) throws -> [Element]) {
    self.queue = queue
    self.body = body
  }

  override func run() {
    while let (chunk, indices) = queue.take() {
      do {
        results.append((chunk, try body(indices)))
      } catch {
        failure = error
        return queue.close()
      }
    }
  }
}
