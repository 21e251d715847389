/// The progress of long work, on a terminal.

internal import Kubernetes

/// Shows `123 of 4000 checked` on a terminal, once the work takes longer than two seconds.
package struct Progress {
  private let what: String
  private let total: Int
  private let start = Surroundings.now().seconds
  private var done = 0
  private var isShown = false

  /// - Parameter what: what is done with each part, as a participle such as `checked`.
  /// - Parameter total: the number of parts.
  package init(_ what: String, of total: Int) {
    self.what = what
    self.total = total
  }

  /// Counts parts that are done.
  package mutating func advance(_ count: Int) {
    done += count
    guard Surroundings.now().seconds - start > 2 else { return }
    isShown = true
    Notices.progress("\(done) of \(total) \(what)")
  }

  /// Removes the line.
  package func end() {
    if isShown { Notices.progress(nil) }
  }
}
