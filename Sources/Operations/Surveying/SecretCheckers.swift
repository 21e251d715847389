/// Which programs read the Secrets of a build, and which of them check a password.

internal import Rules
internal import Text
internal import Workspace
internal import YAML

/// The keys that a database, a broker or similar checks, so that it gets to know a new value.
struct SecretCheckers: Sendable {
  /// By the name of the Secret; a key of `*` stands for all of them.
  private var keys: [Name: Set<Name>] = [:]
  private var whole: Set<Name> = []

  init(_ build: Build) {
    for object in build.objects where !object.isSecret && !object.isSealedSecret {
      if Self.operators.contains(where: { object.identity.group.ends(with: $0) }) {
        whole.formUnion(object.references.map { Name($0.secret) })
      }
      pods(in: object.root)
    }
  }

  /// Whether something that is built here checks the value of a key.
  func check(_ key: String, of secret: String) -> Bool {
    whole.contains(Name(secret)) || keys[Name(secret)]?.contains(Name(key)) == true
      || keys[Name(secret)]?.contains(Name("*")) == true
  }

  /// The API groups of operators that set the passwords of the Secrets that their objects name.
  private static let operators = [
    "cnpg.io", "zalan.do", "mysql.oracle.com", "percona.com", "k8s.mariadb.com",
    "mariadb.mmontes.io",
    "mongodb.com", "opstreelabs.in", "databases.spotahome.com", "rabbitmq.com", "altinity.com",
    "strimzi.io", "postgres-operator.crunchydata.com", "k8s.elastic.co", "minio.min.io",
  ]

  /// Words in the names of images that check passwords, and of images that only use one.
  private static let checkers = [
    "postgres", "postgresql", "postgis", "timescaledb", "pgvector", "mysql", "mariadb", "percona",
    "mongo",
    "mongodb", "redis", "valkey", "keydb", "dragonfly", "rabbitmq", "minio", "grafana", "influxdb",
    "elasticsearch", "opensearch", "clickhouse", "cassandra", "mssql", "couchdb", "neo4j", "nats",
    "kafka",
    "cockroach", "mosquitto", "emqx", "keycloak", "activemq", "artemis", "arangodb", "couchbase",
  ]
  private static let clients = [
    "exporter", "express", "commander", "admin", "client", "backup", "operator", "ui", "gui", "cli",
    "dump",
    "adminer", "insight", "renderer", "sidecar", "mc",
  ]

  private static func checks(_ image: String) -> Bool {
    let name = image.place(of: "@")?.before ?? image
    let words = KeyMeaning.words(name).map { $0.lowercased() }
    return words.contains { checkers.contains($0) } && !words.contains { clients.contains($0) }
  }

  /// Reads every pod specification anywhere in an object.
  private mutating func pods(in node: Node) {
    if let containers = node["containers"]?.items {
      let volumes = (node["volumes"]?.items ?? []).compactMap {
        $0["secret"]?["secretName"]?.scalar
      }
      let all = containers + (node["initContainers"]?.items ?? [])
      for container in all where Self.checks(container["image"]?.scalar ?? "") {
        read(container)
        for volume in volumes { keys[Name(volume), default: []].insert(Name("*")) }
      }
    }
    for entry in node.entries ?? [] { pods(in: entry.value) }
    for item in node.items ?? [] { pods(in: item) }
  }

  private mutating func read(_ container: Node) {
    for variable in container["env"]?.items ?? [] {
      guard let reference = variable.at("valueFrom", "secretKeyRef"),
        let name = reference["name"]?.scalar, let key = reference["key"]?.scalar
      else { continue }
      keys[Name(name), default: []].insert(Name(key))
    }
    for source in container["envFrom"]?.items ?? [] {
      guard let name = source.at("secretRef", "name")?.scalar else { continue }
      keys[Name(name), default: []].insert(Name("*"))
    }
  }
}
