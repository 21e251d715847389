/// Where a change is recorded, and what its paths are relative to.

/// The journal of a committer, and the folders around the one that it writes to.
package struct CommitPlace: Sendable {
  let journal: JournalPlace
  /// The absolute folder where the journal's paths begin, if known.
  let root: String?
  /// The path of the committer's folder from there, such as `deploy/`; empty if it is that folder.
  let prefix: String
  /// An absolute folder; no git directory below it is written to.
  let ceiling: String
  let sharing: Sharing

  package init(
    journal: JournalPlace, root: String? = nil, prefix: String = "", ceiling: String = "/",
    sharing: Sharing = .exclusive
  ) {
    self.journal = journal
    self.root = root
    self.prefix = prefix
    self.ceiling = ceiling
    self.sharing = sharing
  }

  /// Who may use the journal's folder.
  package enum Sharing: Sendable {
    case exclusive
    /// Another work tree too, so that a journal is only followed if it names the root.
    case shared
  }
}
