/// What a run of one environment uses and may do, whether it rotates or adopts.

package import Building
package import Repository

/// How a run knows that the last step has arrived in the cluster.
package enum Arrival: Sendable {
  /// By evidence.
  case proven
  /// A person says so, or the time that the workspace file gives it is over.
  case assumed
}

/// The parts of an environment that take part in a run, and what the run may do.
package struct RunTerms {
  let targets: [String]
  let certificate: String?
  let uncommitted: Uncommitted
  let remote: RemoteFiles
  let arrival: Arrival

  /// - Parameters:
  ///   - targets: the targets that take part; none means all.
  ///   - certificate: the file of a certificate to seal for, instead of the environment's.
  ///   - uncommitted: whether to overwrite bytes that git does not have.
  ///   - remote: whether the builder may fetch what is remote.
  ///   - arrival: how it is known that the last step has arrived.
  package init(
    targets: [String], certificate: String?, uncommitted: Uncommitted, remote: RemoteFiles,
    arrival: Arrival
  ) {
    self.targets = targets
    self.certificate = certificate
    self.uncommitted = uncommitted
    self.remote = remote
    self.arrival = arrival
  }
}
