/// `unseal`: opens every item of every document, or reports why not.

package import Cryptography
package import Kubernetes
package import Manifests
internal import Sealing
package import Secrets
internal import Unsealing
package import YAML

/// A SealedSecret as it was read.
package struct SealedSource: Sendable {
  /// The file, as the caller names it.
  package let file: String
  package let root: Node
  package let document: SealedSecretDocument

  /// The SealedSecrets of a file.
  ///
  /// - Parameter namespace: the namespace that a kustomization gives to objects without one.
  /// - Throws: `OperationFault`.
  package static func read(
    _ bytes: [UInt8], file: String, lists: SecretStream.Lists = .unpacked,
    namespace: () -> String? = { nil }
  ) throws(OperationFault) -> [SealedSource] {
    do throws(YAMLError) {
      var sources: [SealedSource] = []
      for document in try parseStream(bytes) {
        guard let root = try document.writtenOut() else { continue }
        for object in lists == .unpacked ? root.objects : [root] {
          let document = try SealedSecretDocument(
            object, index: sources.count, missingKind: .accepted)
          sources.append(
            SealedSource(
              file: file, root: object,
              document: document.placed(in: document.lacksNamespace ? namespace() : nil)))
        }
      }
      guard !sources.isEmpty else {
        throw YAMLError("contains no SealedSecret", at: Location(line: 1, column: 1))
      }
      return sources
    } catch { throw OperationFault(.targetUnreadable, error, file: file) }
  }
}

/// One SealedSecret opened.
package struct OpenedSource: Sendable {
  package let secret: OpenedSecret
  /// What Go would render differently than a person expects.
  package let warnings: [YAMLError]
  /// The index of the key that opened each item.
  package let keys: [(item: String, key: Int)]
  /// Why the other items were not opened.
  package let faults: [OperationFault]
}

package struct UnsealOperation: Sendable {
  let keys: [RSAPrivateKey]
  let threads: Int
  /// The version of the controller that would make the Secrets.
  let version: ControllerVersion

  package init(keys: [RSAPrivateKey], threads: Int, version: ControllerVersion = .current) {
    self.keys = keys
    self.threads = threads
    self.version = version
  }

  /// Opens every item of every source.
  ///
  /// - Throws: `OperationFaults` with the reason for each item that no key opens, or
  ///   `OperationFault` for a template that only the controller can render.
  package func open(
    _ sources: [SealedSource], unopened: Unopened = .refused
  ) throws -> [OpenedSource] {
    let items = sources.flatMap { source in source.document.items.map { (source, $0) } }
    let others = SealedPlaces(sources.map(\.document))
    let results = try unseal(
      items.map { source, item in
        UnsealJob(
          base64: item.base64, label: source.document.label,
          otherLabels: others.labels(besides: source.document, source.root))
      }, keys: keys, threads: threads)
    var rest = results[...]
    let opened = sources.map { source in
      let own = rest.prefix(source.document.items.count)
      rest = rest.dropFirst(own.count)
      return OpenedItems(of: source, own)
    }
    let faults = opened.flatMap(\.faults)
    guard faults.isEmpty || unopened == .leftOut else { throw OperationFaults(faults: faults) }
    return try zip(sources, opened).map { try rendered($0, $1) }
  }

  /// The Secret that the controller would make from what was opened.
  private func rendered(
    _ source: SealedSource, _ opened: OpenedItems
  ) throws(OperationFault) -> OpenedSource {
    do throws(YAMLError) {
      var warnings: [YAMLError] = []
      let secret = try OpenedSecret(
        source.document, source.root, data: opened.data, version: version
      ) {
        warnings.append(YAMLError($0, at: $1))
      }
      return OpenedSource(
        secret: secret, warnings: warnings, keys: opened.keys, faults: opened.faults)
    } catch { throw OperationFault(.notRendered, error, file: source.file) }
  }
}

/// The items of one SealedSecret after opening.
private struct OpenedItems {
  private(set) var data: [(key: String, value: SecretBytes)] = []
  /// The index of the key that opened each item.
  private(set) var keys: [(item: String, key: Int)] = []
  private(set) var faults: [OperationFault]

  /// - Parameter results: the result for each of its items, in order.
  init(of source: SealedSource, _ results: ArraySlice<UnsealResult>) {
    faults = source.document.nulls.map { key, location in
      OperationFault(
        .cannotBeOpened, "'\(key)' of '\(source.document.place)' is null, so no key can open it",
        detail: "remove it, as an API server does, or seal its value", file: source.file,
        at: location)
    }
    for (item, result) in zip(source.document.items, results) {
      switch result {
      case .success(let (value, key)):
        data.append((item.key, value))
        keys.append((item.key, key))
      case .failure(let failure):
        faults.append(OperationFault(failure, of: item, in: source.document, file: source.file))
      }
    }
  }
}

extension OperationFault {
  /// Why an item could not be opened.
  init(
    _ failure: UnsealFailure, of item: (key: String, base64: String, location: Location),
    in document: SealedSecretDocument, file: String
  ) {
    let (message, hint) = failure.explanation
    self.init(
      .cannotBeOpened, "'\(item.key)' of '\(document.place)' \(message)", detail: hint, file: file,
      at: item.location)
  }
}
