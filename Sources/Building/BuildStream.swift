/// Reads the output of a builder object by object: no whole build and no value of a Secret is kept.

internal import CProcess
internal import Cryptography
internal import Rules

final class BuildStream {
  /// Takes over the text of a Secret, values included; what is not taken is wiped.
  typealias Taker = (BuiltObject, SecretBytes) throws -> Void

  private let pending = SecretBuffer()
  /// How far the end of a document has been searched for.
  private var searched = 0
  private var objects: [BuiltObject] = []
  private let takeSecret: Taker?
  private var failure: (any Error)?

  init(_ takeSecret: Taker?) { self.takeSecret = takeSecret }

  /// The line that ends a document.
  ///
  /// No line of a value begins with it, because kustomize indents values.
  private static let separator = Array("\n---\n".utf8)

  func take(_ bytes: UnsafeRawBufferPointer) {
    guard failure == nil else { return }
    pending.append(bytes)
    while let end = endOfDocument() {
      read(end + 1)
      pending.removeFirst(end + Self.separator.count)
      searched = 0
    }
    moltseal_wipe_stack()
  }

  /// - Throws: `YAMLError` for what is not YAML, or what the taker throws.
  func finish() throws -> Build {
    read(pending.count)
    moltseal_wipe_stack()
    if let failure { throw failure }
    return Build(objects)
  }

  private func endOfDocument() -> Int? {
    pending.withBytes { bytes in
      var place = searched
      while place + Self.separator.count <= bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
        guard let line = rest.firstIndex(of: 10) else { break }
        place += line
        if bytes[place...].starts(with: Self.separator) { return place }
        place += 1
      }
      searched = max(searched, min(place, max(0, bytes.count - Self.separator.count)))
      return nil
    }
  }

  /// Reads the first bytes as a document.
  private func read(_ length: Int) {
    guard failure == nil else { return }
    do {
      try pending.withBytes { bytes in
        let document = UnsafeRawBufferPointer(rebasing: bytes[..<length])
        guard let object = try BuiltObject(document, digest: Digest.inThisProcess) else { return }
        objects.append(object)
        if object.isSecret, let takeSecret {
          try takeSecret(object, SecretBytes(copying: document))
        }
      }
    } catch { failure = error }
  }
}
