/// Evidence as JSON, which one run writes and another reads.

internal import Kubernetes
package import Planning
package import YAML

extension Evidence {
  static let apiVersion = "moltseal.dev/v1"

  /// What `live --format json` prints.
  package var tree: Tree {
    var pairs: [(String, Tree)] = [
      ("apiVersion", .string(Evidence.apiVersion)), ("kind", .string("Evidence")),
      ("environment", .string(environment)), ("time", .string(time.description)),
    ]
    if let cluster {
      let server = cluster.server.map { [("server", Tree.string($0))] } ?? []
      pairs.append(("cluster", .map([("id", .string(cluster.id))] + server)))
    }
    pairs += [
      (
        "credentials",
        .sequence(credentials.sorted { $0.key < $1.key }.map { $1.tree(name: $0) })
      ),
      (
        "finishedPods",
        .strings(
          finishedPods.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value.description) }
        )
      ),
      (
        "currentPods",
        .sequence(
          currentPods.sorted { $0.key < $1.key }.map { secret, pods in
            .map([
              ("secret", .string(secret)), ("values", .string(pods.values)),
              (
                "started",
                .strings(
                  pods.started.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
              ),
            ])
          })
      ),
    ]
    return .map(pairs)
  }

  /// Reads evidence.
  ///
  /// - Throws: `YAMLError` for anything that `tree` would not have written.
  package init(_ source: SourceText) throws(YAMLError) {
    let documents = try parseYAML(source)
    guard let root = documents.first?.root, documents.count == 1 else {
      throw YAMLError("is not evidence", at: Location(line: 1, column: 1))
    }
    let reader = try MappingReader(
      root, "the evidence",
      keys: [
        "apiVersion", "kind", "environment", "time", "cluster", "credentials", "finishedPods",
        "currentPods",
      ])
    guard try reader.string("apiVersion") == Evidence.apiVersion,
      try reader.string("kind") == "Evidence"
    else {
      throw YAMLError(
        "is not evidence of \(Evidence.apiVersion), as printed by moltseal live", at: root.location)
    }
    guard let environment = try reader.string("environment"),
      let time = try reader.string("time").flatMap({ Timestamp($0) })
    else { throw YAMLError("has no environment or no time", at: root.location) }
    var credentials: [String: CredentialEvidence] = [:]
    for node in try reader.items("credentials") {
      let (name, evidence) = try CredentialEvidence.read(node)
      guard credentials.updateValue(evidence, forKey: name) == nil else {
        throw YAMLError("lists '\(name)' twice", at: node.location)
      }
    }
    var finished: [String: Timestamp] = [:]
    for pair in try reader.stringMap("finishedPods") {
      guard let time = Timestamp(pair.value) else {
        throw YAMLError("'finishedPods' has a value that is not a time", at: root.location)
      }
      finished[pair.key] = time
    }
    self.init(
      environment: environment, time: time, credentials: credentials,
      cluster: try Self.cluster(reader["cluster"]), finishedPods: finished,
      currentPods: try Self.pods(reader))
  }

  private static func pods(_ reader: MappingReader) throws(YAMLError) -> [String: CurrentPods] {
    var found: [String: CurrentPods] = [:]
    for item in try reader.items("currentPods") {
      let fields = try MappingReader(
        item, "the pods of the evidence", keys: ["secret", "values", "started"])
      guard let secret = try fields.string("secret"), let values = try fields.string("values")
      else { throw YAMLError("has pods without a Secret", at: item.location) }
      var started: [String: String] = [:]
      for pair in try fields.stringMap("started") { started[pair.key] = pair.value }
      found[secret] = CurrentPods(values: values, started: started)
    }
    return found
  }

  private static func cluster(_ node: Node?) throws(YAMLError) -> ClusterIdentity? {
    guard let node, !node.isNull else { return nil }
    let reader = try MappingReader(node, "the cluster of the evidence", keys: ["id", "server"])
    guard let id = try reader.string("id"), (1...512).contains(id.utf8.count) else {
      throw YAMLError("does not give the id of its cluster", at: node.location)
    }
    return ClusterIdentity(id: id, server: try reader.string("server"))
  }
}

extension MappingReader {
  /// A time, which may be missing.
  fileprivate func time(_ field: String) throws(YAMLError) -> Timestamp? {
    guard let node = self[field], !node.isNull else { return nil }
    guard let time = node.scalar.flatMap({ Timestamp($0) }) else {
      throw YAMLError("'\(field)' is not a time", at: node.location)
    }
    return time
  }

  /// The items of a list, which may be missing; only a missing list is treated as empty.
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
        "look",
        look.map { look in
          .map([
            ("time", .string(look.time.description)),
            (
              "sealedSecrets",
              .strings(
                look.sealedSecrets.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
              )
            ),
          ])
        } ?? .null
      ),
      ("consumers", consumers.map { .sequence($0.map { .string($0) }) } ?? .null),
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
        "name", "generation", "step", "signersEnded", "publishedAt", "look", "consumers", "facts",
        "ciphertexts",
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
      else {
        throw YAMLError(
          "has a fact that cannot be read, or that is listed twice", at: item.location)
      }
    }
    var ciphertexts: [String: String] = [:]
    for pair in try reader.stringMap("ciphertexts") { ciphertexts[pair.key] = pair.value }
    return (
      name,
      CredentialEvidence(
        generation: generation, step: step, ciphertexts: ciphertexts, answers: answers,
        signersEnded: try reader.time("signersEnded"),
        publishedAt: try reader.time("publishedAt"), look: try look(reader["look"]),
        consumers: try consumers(reader))
    )
  }

  private static func look(_ node: Node?) throws(YAMLError) -> Look? {
    guard let node, !node.isNull else { return nil }
    let reader = try MappingReader(
      node, "a look of the evidence", keys: ["time", "sealedSecrets"])
    guard let time = try reader.time("time") else {
      throw YAMLError("has a look without a time", at: node.location)
    }
    var versions: [String: String] = [:]
    for pair in try reader.stringMap("sealedSecrets") { versions[pair.key] = pair.value }
    return Look(time: time, sealedSecrets: versions)
  }

  private static func consumers(_ reader: MappingReader) throws(YAMLError) -> [String]? {
    guard let node = reader["consumers"], !node.isNull else { return nil }
    var consumers: [String] = []
    for item in try reader.items("consumers") {
      guard let text = item.scalar else {
        throw YAMLError("has a consumer that is not a string", at: item.location)
      }
      consumers.append(text)
    }
    return consumers
  }
}
