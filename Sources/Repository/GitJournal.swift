/// Where moltseal keeps its own files in a git directory.

internal import Processes
internal import Files

extension GitRepository {
  /// The journal of all changes in this work tree.
  var journal: JournalPlace { JournalPlace(base: directory, names: ["moltseal", "workspace"]) }
}
