/// Evidence as JSON, which one run writes and another takes.

internal import Kubernetes
package import Planning
package import YAML

extension Evidence {
  static let apiVersion = "moltseal.dev/v1"

  /// What `live --format json` prints.
  package var tree: Tree {
    .map([
      ("apiVersion", .string(Evidence.apiVersion)), ("kind", .string("Evidence")),
      ("environment", .string(environment)), ("time", .string(time.description)),
      (
        "credentials",
        .sequence(credentials.sorted { $0.key < $1.key }.map { $1.tree(name: $0) })
      ),
    ])
  }

  /// Reads evidence.
  ///
  /// - Throws: `YAMLError` for everything that `tree` would not have written.
  package init(_ source: SourceText) throws(YAMLError) {
    let documents = try parseYAML(source)
    guard let root = documents.first?.root, documents.count == 1 else {
      throw YAMLError("is no evidence", at: Location(line: 1, column: 1))
    }
    let reader = try MappingReader(
      root, "the evidence", keys: ["apiVersion", "kind", "environment", "time", "credentials"])
    guard try reader.string("apiVersion") == Evidence.apiVersion,
      try reader.string("kind") == "Evidence"
    else {
      throw YAMLError(
        "is no evidence of \(Evidence.apiVersion), as moltseal live prints it", at: root.location)
    }
    guard let environment = try reader.string("environment"),
      let time = try reader.string("time").flatMap({ Timestamp($0) })
    else { throw YAMLError("says no environment or no time", at: root.location) }
    var credentials: [String: CredentialEvidence] = [:]
    for node in try reader.items("credentials") {
      let (name, evidence) = try CredentialEvidence.read(node)
      guard credentials.updateValue(evidence, forKey: name) == nil else {
        throw YAMLError("names '\(name)' twice", at: node.location)
      }
    }
    self.init(environment: environment, time: time, credentials: credentials)
  }
}

extension MappingReader {
  /// The items of a list, which may be missing; nothing else is taken for an empty one.
  fileprivate func items(_ field: String) throws(YAMLError) -> [Node] {
    guard let node = self[field], !node.isNull else { return [] }
    guard let items = node.items else {
      throw YAMLError("'\(field)' is \(node.kindName), not a list", at: node.location)
    }
    return items
  }
}

extension CredentialEvidence {
  fileprivate func tree(name: String) -> Tree {
    .map([
      ("name", .string(name)),
      ("generation", .scalar(String(generation), .integer)),
      ("step", .string(step)),
      ("signersEnded", signersEnded.map { .string($0.description) } ?? .null),
      ("publishedAt", publishedAt.map { .string($0.description) } ?? .null),
      (
        "facts",
        .sequence(
          Fact.allCases.compactMap { fact in
            answers[fact].map { answer in
              .map([
                ("fact", .string(fact.rawValue)), ("answer", .string(answer.kind.rawValue)),
                ("because", .string(answer.reason)),
              ])
            }
          })
      ),
      ("ciphertexts", .strings(ciphertexts.map { (key: $0.key, value: $0.value) })),
    ])
  }

  fileprivate static func read(
    _ node: Node
  ) throws(YAMLError) -> (name: String, CredentialEvidence) {
    let reader = try MappingReader(
      node, "a credential of the evidence",
      keys: [
        "name", "generation", "step", "signersEnded", "publishedAt", "facts", "ciphertexts",
      ])
    guard let name = try reader.string("name"), let generation = try reader.integer("generation"),
      let step = try reader.string("step")
    else { throw YAMLError("a credential lacks name, generation or step", at: node.location) }
    var answers: [Fact: Answer] = [:]
    for item in try reader.items("facts") {
      let fields = try MappingReader(
        item, "a fact of the evidence", keys: ["fact", "answer", "because"])
      guard let fact = try fields.string("fact").flatMap({ Fact(rawValue: $0) }),
        let kind = try fields.string("answer").flatMap({ Answer.Kind(rawValue: $0) }),
        answers.updateValue(
          Answer(kind, try fields.string("because") ?? ""), forKey: fact) == nil
      else { throw YAMLError("has a fact that it cannot read, or has twice", at: item.location) }
    }
    var ciphertexts: [String: String] = [:]
    for pair in try reader.stringMap("ciphertexts") { ciphertexts[pair.key] = pair.value }
    func time(_ field: String) throws(YAMLError) -> Timestamp? {
      guard let node = reader[field], !node.isNull else { return nil }
      guard let time = node.scalar.flatMap({ Timestamp($0) }) else {
        throw YAMLError("'\(field)' is no time", at: node.location)
      }
      return time
    }
    return (
      name,
      CredentialEvidence(
        generation: generation, step: step, ciphertexts: ciphertexts, answers: answers,
        signersEnded: try time("signersEnded"), publishedAt: try time("publishedAt"))
    )
  }
}
