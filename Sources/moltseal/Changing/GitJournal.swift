/// Where moltseal keeps what it needs of a git repository.

internal import Processes
internal import Transactions

extension GitRepository {
  /// Where the journal of everything that is changed in this work tree is kept.
  var journal: JournalPlace { JournalPlace(base: directory, names: ["moltseal", "workspace"]) }
}
