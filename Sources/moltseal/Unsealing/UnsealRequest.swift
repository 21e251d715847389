/// `unseal`, whichever command line asked for it: all documents opened, or each item's reason why not.

internal import Cryptography
internal import Manifests
internal import Recovery
internal import Sealing
internal import YAML

struct UnsealRequest {
  /// The files of the private keys.
  var keys: [String]
  /// The files of the SealedSecrets; `-` is standard input.
  var files: [String]
  /// Whether what Kubernetes does not decode is refused, and key files without a key are passed by.
  var isKubeseal = false

  /// A SealedSecret, as it was read.
  struct Source {
    let file: String
    let root: Node
    let document: SealedSecretDocument
  }

  /// Opens every item of every document.
  ///
  /// - Throws: `CommandError` with the reason of each item that no key opens.
  func run() throws -> [OpenedSecret] {
    let keys = try PrivateKeys(keys, passesBy: isKubeseal)
    let sources = try files.flatMap { try UnsealRequest.read($0, takesLists: !isKubeseal) }
    if isKubeseal { for source in sources { try source.checkForm(isUnnamed: true) } }
    let items = sources.flatMap { source in source.document.items.map { (source, $0) } }
    let others = SealedPlaces(sources.map(\.document))
    let results = try unseal(
      items.map { source, item in
        UnsealJob(
          base64: item.base64, label: source.document.label,
          otherLabels: others.labels(besides: source.document, source.root))
      }, keys: keys.keys, threads: Environment.processors)
    var faults: [Diagnostic] = []
    var opened: [[(key: String, value: SecretBytes)]] = []
    var rest = zip(items, results).map { ($0, $1) }[...]
    for source in sources {
      var data: [(key: String, value: SecretBytes)] = []
      for ((_, item), result) in rest.prefix(source.document.items.count) {
        switch result {
        case .success(let (value, key)):
          data.append((item.key, value))
          if keys.keys.count > 1 {
            Terminal.message(
              "\(source.document.place): \(item.key): opened by \(keys.description(key))")
          }
        case .failure(let failure):
          faults.append(failure.diagnostic(item, of: source))
        }
      }
      rest = rest.dropFirst(source.document.items.count)
      opened.append(data)
    }
    guard faults.isEmpty else { throw CommandError(faults, consequence: "nothing was printed") }
    return try zip(sources, opened).map { source, data in
      do throws(YAMLError) {
        return try OpenedSecret(source.document, source.root, data: data) { message, location in
          Terminal.warning(
            Diagnostic(message, hint: nil, file: PlainFile.name(source.file), location: location)
              .text)
        }
      } catch {
        throw CommandError(
          [
            Diagnostic(
              error.message, hint: "ask the controller, or take that part out",
              file: PlainFile.name(source.file), location: error.location)
          ], consequence: "nothing was printed")
      }
    }
  }

  /// The SealedSecrets of a file, in lists too.
  static func read(_ file: String, takesLists: Bool = true) throws -> [Source] {
    try parse(try PlainFile.read(file), file: file, takesLists: takesLists)
  }

  static func parse(
    _ bytes: [UInt8], file: String, takesLists: Bool = true
  ) throws -> [Source] {
    do throws(YAMLError) {
      let documents = try parseStream(bytes)
      var sources: [Source] = []
      for document in documents {
        guard let root = try document.writtenOut() else { continue }
        for object in takesLists ? root.objects : [root] {
          sources.append(
            Source(
              file: file, root: object,
              document: try SealedSecretDocument(object, index: sources.count, needsKind: false)))
        }
      }
      guard !sources.isEmpty else {
        throw YAMLError("holds no SealedSecret", at: Location(line: 1, column: 1))
      }
      return sources
    } catch {
      throw CommandError(
        [
          Diagnostic(
            error.message, hint: "correct the file there and run the command again",
            file: PlainFile.name(file), location: error.location)
        ], consequence: "nothing was printed")
    }
  }
}

extension SealedSecretDocument {
  /// What its items are bound to.
  var label: [UInt8] { scope.label(namespace: namespace ?? "", name: name) }

  /// How a person calls it.
  var place: String { (namespace.map { $0 + "/" } ?? "") + name }
}

/// What an item may have been sealed for instead: names and scopes that are near it.
struct SealedPlaces {
  private static let limit = 8
  private let documents: [SealedSecretDocument]

  init(_ documents: [SealedSecretDocument]) { self.documents = documents }

  /// The labels of the document's other scopes, of its template's names, and of its neighbours.
  func labels(
    besides document: SealedSecretDocument, _ root: Node
  ) -> [(label: [UInt8], what: String)] {
    var found: [(label: [UInt8], what: String)] = []
    func add(_ scope: Scope, _ namespace: String, _ name: String) {
      let label = scope.label(namespace: namespace, name: name)
      guard label != document.label, !found.contains(where: { $0.label == label }) else { return }
      let what =
        switch scope {
        case .strict: "'\(namespace)/\(name)' (strict)"
        case .namespaceWide: "namespace '\(namespace)' (namespace-wide)"
        case .clusterWide: "any place (cluster-wide)"
        }
      found.append((label, what))
    }
    let namespace = document.namespace ?? ""
    for scope in Scope.allCases { add(scope, namespace, document.name) }
    let template = root.at("spec", "template", "metadata")
    let names = [document.name, template?["name"]?.scalar ?? document.name]
    for inner in [namespace, template?["namespace"]?.scalar ?? namespace] {
      for name in names { add(.strict, inner, name) }
      add(.namespaceWide, inner, document.name)
    }
    for other in documents.prefix(SealedPlaces.limit) {
      add(.strict, other.namespace ?? "", other.name)
      add(.namespaceWide, other.namespace ?? "", other.name)
    }
    return found
  }
}

extension UnsealFailure {
  /// What is wrong, and what to do.
  var explanation: (message: String, hint: String) {
    switch self {
    case .notBase64: ("is not base64", "the file was damaged; take it from its history")
    case .truncated: ("is cut off", "the file was damaged; take it from its history")
    case .otherSize(let bits):
      (
        "was sealed for a key of \(bits) bits, and none is given",
        "give that key as well, or take the file from its history if its first bytes were changed"
      )
    case .changed:
      (
        "was changed after it was sealed, or cut off",
        "its key is right; take the value from the file's history"
      )
    case .sealedFor(let what):
      ("was sealed for \(what)", "move it back, or seal the value anew for this place")
    case .noKeyOpensIt:
      (
        "is opened by none of the keys",
        "it was sealed for another key, for a name that is not here, or its first bytes were changed"
      )
    }
  }

  func diagnostic(
    _ item: (key: String, base64: String, location: Location), of source: UnsealRequest.Source
  ) -> Diagnostic {
    let (message, hint) = explanation
    return Diagnostic(
      "'\(item.key)' of '\(source.document.place)' \(message)", hint: hint,
      file: PlainFile.name(source.file), location: item.location)
  }
}
