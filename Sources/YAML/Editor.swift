/// Changes single values of a YAML text and keeps every other byte.
///
/// Each change becomes a byte range of the text. The result is parsed again and compared with the
/// intended tree; if it differs, the change is refused. A mistake in the range arithmetic can make
/// an edit impossible, but not wrong.

/// The changes of one document, in order.
package struct DocumentChanges: Sendable {
  /// The index of the document in its file, from 0.
  package let document: Int
  package var changes: [TreeChange]

  package init(document: Int, changes: [TreeChange]) {
    self.document = document
    self.changes = changes
  }
}

package struct YAMLEditor: Sendable {
  /// The text after the changes so far.
  package private(set) var source: SourceText
  package private(set) var documents: [Document]
  /// The text as it was read.
  package let original: [UInt8]

  package init(_ source: SourceText) throws(YAMLError) {
    self.source = source
    self.documents = try parseYAML(source)
    self.original = source.bytes
  }

  package var bytes: [UInt8] { source.bytes }
  package var isChanged: Bool { source.bytes != original }

  /// The root of document `index`; nil if there is none or it is empty.
  package func root(_ index: Int = 0) -> Node? {
    documents.indices.contains(index) ? documents[index].root : nil
  }

  /// Makes `changes` in document `index`, in order, all or none.
  ///
  /// - Throws: `EditRefusal` with the place to edit by hand.
  package mutating func apply(
    _ changes: [TreeChange], document index: Int = 0
  ) throws(EditRefusal) {
    try apply([DocumentChanges(document: index, changes: changes)])
  }

  /// Makes the changes of several documents, all or none.
  ///
  /// Parses the text again as often as one document needs it: once, if no change builds on another.
  ///
  /// - Throws: `EditRefusal` with the place to edit by hand.
  package mutating func apply(_ batches: [DocumentChanges]) throws(EditRefusal) {
    var copy = self
    do throws(Fault) {
      try copy.applyTogether(batches)
    } catch {
      guard case .other = error else { throw error.refusal }
      // Edits that work one after another may not work together.
      copy = self
      for batch in batches {
        for change in batch.changes {
          do throws(Fault) {
            try copy.applyTogether([DocumentChanges(document: batch.document, changes: [change])])
          } catch { throw error.refusal }
        }
      }
    }
    self = copy
  }

  private enum Fault: Error {
    /// A change that cannot be made.
    case refused(EditRefusal)
    /// An edited text that does not have the intended content.
    case other(EditRefusal)

    var refusal: EditRefusal {
      switch self {
      case .refused(let refusal), .other(let refusal): refusal
      }
    }
  }

  private mutating func applyTogether(_ batches: [DocumentChanges]) throws(Fault) {
    var pending = batches.map { (document: $0.document, changes: $0.changes[...]) }
    while pending.contains(where: { !$0.changes.isEmpty }) {
      var rounds: [Int: EditRound] = [:]
      for index in pending.indices where !pending[index].changes.isEmpty {
        let document = pending[index].document
        // A second batch for the same document waits for the next round.
        guard rounds[document] == nil else { continue }
        var round = EditRound(
          documents.indices.contains(document) ? documents[document] : nil, source)
        do throws(EditRefusal) {
          while let change = pending[index].changes.first, try round.take(change) {
            pending[index].changes.removeFirst()
          }
        } catch { throw .refused(error) }
        rounds[document] = round
      }
      try commit(rounds)
    }
  }

  private mutating func commit(_ rounds: [Int: EditRound]) throws(Fault) {
    let edits = rounds.sorted { $0.key < $1.key }.flatMap(\.value.edits)
    guard !edits.isEmpty else { return }
    let node = rounds.keys.min().flatMap { root($0) }
    guard let bytes = SourceEdit.apply(edits, to: source.bytes) else {
      throw .other(refusal("two edits touch the same part", at: node))
    }
    let edited: (source: SourceText, documents: [Document])
    do throws(YAMLError) {
      let text = try SourceText(bytes)
      edited = (text, try parseYAML(text))
    } catch {
      throw .other(refusal("the edited text would not be YAML: \(error.message)", at: node))
    }
    for index in 0..<max(documents.count, edited.documents.count, 1) {
      let new = edited.documents.indices.contains(index) ? edited.documents[index] : nil
      let old = documents.indices.contains(index) ? documents[index] : nil
      let isRight =
        rounds[index].map { $0.matches(new) } ?? (old != nil && Tree(new) == Tree(old))
      guard isRight else {
        throw .other(refusal("the edited text would not have the intended content", at: node))
      }
    }
    (source, documents) = edited
  }

  private func refusal(_ message: String, at node: Node?) -> EditRefusal {
    EditRefusal(message: message, location: node?.location ?? Location(line: 1, column: 1))
  }
}

extension Node {
  /// The node at the end of a path of keys and indices.
  package func at(_ path: [PathStep]) -> Node? {
    var node: Node? = self
    for step in path {
      switch step {
      case .key(let key): node = node?[key]
      case .index(let index):
        guard let items = node?.items, items.indices.contains(index) else { return nil }
        node = items[index]
      }
    }
    return node
  }
}
