/// Which Secrets custom resources name in unusual fields, and which ones their operators create.

internal import Manifests
internal import Text
internal import YAML

/// Two tables with their sources; for other kinds, only fields with the usual names count.
enum OperatorSecrets {
  /// How a field names a Secret.
  enum Form {
    /// A string.
    case name
    /// `{name: …, key: …}`.
    case selector
    /// `{kind: …, name: …}`, where the kind is Secret by default.
    case object
  }

  struct Field {
    let group: String
    /// The kinds that have the field.
    let kinds: [String]
    /// Steps separated by dots; `*` stands for every item of a list.
    let path: String
    let form: Form

    init(_ group: String, _ kinds: [String], _ path: String, _ form: Form) {
      (self.group, self.kinds, self.path, self.form) = (group, kinds, path, form)
    }
  }

  static let fields: [Field] = [
    // Traefik: pkg/provider/kubernetes/crd/traefikio/v1alpha1.
    Field("traefik.io", ["Middleware"], "spec.basicAuth.secret", .name),
    Field("traefik.io", ["Middleware"], "spec.digestAuth.secret", .name),
    Field("traefik.io", ["Middleware"], "spec.forwardAuth.tls.caSecret", .name),
    Field("traefik.io", ["Middleware"], "spec.forwardAuth.tls.certSecret", .name),
    Field("traefik.io", ["TLSOption"], "spec.clientAuth.secretNames.*", .name),
    Field("traefik.io", ["ServersTransport"], "spec.rootCAsSecrets.*", .name),
    Field("traefik.io", ["ServersTransport"], "spec.certificatesSecrets.*", .name),
    // CloudNativePG: api/v1/cluster_types.go.
    Field("postgresql.cnpg.io", ["Cluster"], "spec.certificates.serverCASecret", .name),
    Field("postgresql.cnpg.io", ["Cluster"], "spec.certificates.serverTLSSecret", .name),
    Field("postgresql.cnpg.io", ["Cluster"], "spec.certificates.clientCASecret", .name),
    Field("postgresql.cnpg.io", ["Cluster"], "spec.certificates.replicationTLSSecret", .name),
    Field("postgresql.cnpg.io", ["Cluster"], "spec.externalClusters.*.password", .selector),
    Field("postgresql.cnpg.io", ["Cluster"], "spec.externalClusters.*.sslKey", .selector),
    Field("postgresql.cnpg.io", ["Cluster"], "spec.externalClusters.*.sslCert", .selector),
    Field("postgresql.cnpg.io", ["Cluster"], "spec.externalClusters.*.sslRootCert", .selector),
    Field(
      "postgresql.cnpg.io", ["Cluster"],
      "spec.backup.barmanObjectStore.s3Credentials.accessKeyId", .selector),
    Field(
      "postgresql.cnpg.io", ["Cluster"],
      "spec.backup.barmanObjectStore.s3Credentials.secretAccessKey", .selector),
    Field(
      "barmancloud.cnpg.io", ["ObjectStore"], "spec.configuration.s3Credentials.accessKeyId",
      .selector),
    Field(
      "barmancloud.cnpg.io", ["ObjectStore"], "spec.configuration.s3Credentials.secretAccessKey",
      .selector),
    // Prometheus operator: pkg/apis/monitoring/v1.
    Field("monitoring.coreos.com", ["Alertmanager"], "spec.configSecret", .name),
    Field("monitoring.coreos.com", ["Alertmanager", "Prometheus"], "spec.secrets.*", .name),
    Field("monitoring.coreos.com", ["Prometheus"], "spec.additionalScrapeConfigs", .selector),
    Field(
      "monitoring.coreos.com", ["Prometheus"], "spec.additionalAlertManagerConfigs", .selector),
    Field(
      "monitoring.coreos.com", ["Prometheus"], "spec.remoteWrite.*.basicAuth.username", .selector),
    Field(
      "monitoring.coreos.com", ["Prometheus"], "spec.remoteWrite.*.basicAuth.password", .selector),
    Field(
      "monitoring.coreos.com", ["ServiceMonitor"], "spec.endpoints.*.basicAuth.username", .selector),
    Field(
      "monitoring.coreos.com", ["ServiceMonitor"], "spec.endpoints.*.basicAuth.password", .selector),
    Field(
      "monitoring.coreos.com", ["ServiceMonitor"], "spec.endpoints.*.bearerTokenSecret", .selector),
    Field(
      "monitoring.coreos.com", ["AlertmanagerConfig"], "spec.receivers.*.slackConfigs.*.apiURL",
      .selector),
    // Percona: pkg/apis of each operator.
    Field(
      "pxc.percona.com", ["PerconaXtraDBCluster"], "spec.backup.storages.*.s3.credentialsSecret",
      .name),
    Field(
      "psmdb.percona.com", ["PerconaServerMongoDB"], "spec.backup.storages.*.s3.credentialsSecret",
      .name),
    // KEDA: apis/keda/v1alpha1/triggerauthentication_types.go.
    Field("keda.sh", ["TriggerAuthentication"], "spec.secretTargetRef.*", .selector),
    // Gateway API: apis/v1/gateway_types.go; Istio: networking/v1 ServerTLSSettings.
    Field(
      "gateway.networking.k8s.io", ["Gateway"], "spec.listeners.*.tls.certificateRefs.*", .object),
    Field("networking.istio.io", ["Gateway"], "spec.servers.*.tls.credentialName", .name),
  ]

  /// Kinds that create the Secret named in one of their fields (cert-manager, External Secrets,
  /// Vault Secrets Operator, Infisical, Doppler, Bitwarden, Crossplane).
  private static let makers: [(kind: String, path: String)] = [
    ("Certificate", "spec.secretName"), ("ExternalSecret", "spec.target.name"),
    ("ExternalSecret", "metadata.name"), ("Issuer", "spec.acme.privateKeySecretRef.name"),
    ("ClusterIssuer", "spec.acme.privateKeySecretRef.name"),
    ("VaultStaticSecret", "spec.destination.name"), ("VaultDynamicSecret", "spec.destination.name"),
    ("VaultPKISecret", "spec.destination.name"),
    ("InfisicalSecret", "spec.managedSecretReference.secretName"),
    ("DopplerSecret", "spec.managedSecret.name"), ("BitwardenSecret", "spec.secretName"),
    ("SecretProviderClass", "spec.secretObjects.*.secretName"),
    ("PerconaXtraDBCluster", "spec.secretsName"), ("PerconaServerMongoDB", "spec.secrets.users"),
    // The Secret has the name of the object.
    ("OnePasswordItem", "metadata.name"), ("KafkaUser", "metadata.name"),
    ("ObjectBucketClaim", "metadata.name"), ("StringSecret", "metadata.name"),
    ("SSHKeyPair", "metadata.name"),
  ]

  /// What operators append to an object's name (CloudNativePG `specs/secrets.go`, Crunchy
  /// `naming/names.go`, RabbitMQ `internal/resource`, Strimzi, ECK `pkg/controller/common/name`,
  /// Keycloak).
  private static let suffixes: [(kind: String, suffixes: [String])] = [
    ("Cluster", ["app", "superuser", "ca", "server", "replication"]),
    ("PostgresCluster", ["pguser-", "cluster-cert", "replication-cert", "pgbackrest"]),
    ("PerconaPGCluster", ["pguser-", "cluster-cert", "replication-cert"]),
    ("PerconaXtraDBCluster", ["secrets", "ssl", "ssl-internal"]),
    ("PerconaServerMongoDB", ["secrets", "ssl", "ssl-internal", "mongodb-encryption-key"]),
    ("RabbitmqCluster", ["default-user", "erlang-cookie"]), ("User", ["user-credentials"]),
    ("Kafka", ["cluster-ca-cert", "clients-ca-cert", "cluster-ca", "clients-ca"]),
    ("Elasticsearch", ["es-"]), ("Kibana", ["kb-"]), ("ApmServer", ["apm-"]), ("Agent", ["agent-"]),
    ("Logstash", ["ls-"]), ("Keycloak", ["initial-admin"]), ("Grafana", ["admin-credentials"]),
    ("ArgoCD", ["cluster"]), ("Redpanda", ["external-cert", "default-cert"]),
  ]

  /// The Secrets that an object names and that its operator creates.
  static func output(of object: BuiltObject) -> [String] {
    makers.filter { $0.kind == object.identity.kind }.flatMap { maker in
      values(object.root, maker.path.pieces(between: ".")[...], "").compactMap(\.node.scalar)
    }
  }

  /// The names, and the prefixes of names, of the Secrets that an object's operator creates.
  static func made(by object: BuiltObject) -> (names: [String], beginnings: [String]) {
    let (kind, name) = (object.identity.kind, object.identity.name)
    var names = output(of: object)
    var beginnings: [String] = []
    for (_, suffixes) in suffixes.filter({ $0.kind == kind }) {
      for suffix in suffixes {
        if suffix.ends(with: "-") {
          beginnings.append("\(name)-\(suffix)")
        } else {
          names.append("\(name)-\(suffix)")
        }
      }
    }
    // Zalando: pkg/cluster/util.go, {username}.{cluster}.credentials.{kind}.{group}.
    if kind == "postgresql", object.identity.group == "acid.zalan.do" {
      let users = (object.root.at("spec", "users")?.entries ?? []).compactMap(\.key.scalar)
      names += (users + ["postgres", "standby"]).map { user in
        let user = user.pieces(between: "_").joined(separator: "-")
        return "\(user).\(name).credentials.postgresql.acid.zalan.do"
      }
    }
    // The MariaDB operator and others create a Secret that is marked with `generate: true`.
    for reference in generated(object.root) { names.append(reference) }
    if let connection = object.root.at("spec", "writeConnectionSecretToRef", "name")?.scalar {
      names.append(connection)
    }
    return (names, beginnings)
  }

  private static func generated(_ node: Node) -> [String] {
    if node["generate"]?.scalar == "true", let name = node["name"]?.scalar { return [name] }
    return (node.items ?? []).flatMap(generated)
      + (node.entries ?? []).flatMap { generated($0.value) }
  }

  /// The references in the fields of the table.
  static func references(in object: BuiltObject) -> [SecretReference] {
    fields.filter { field in
      let group = object.identity.group
      return (group == field.group || field.group == "traefik.io" && group == "traefik.containo.us")
        && field.kinds.contains(object.identity.kind)
    }.flatMap { field in
      values(object.root, field.path.pieces(between: ".")[...], "").compactMap { path, node in
        let kind = node["kind"]?.scalar ?? "Secret"
        let name = field.form == .name ? node.scalar : node["name"]?.scalar
        guard let name, !name.isEmpty, kind == "Secret", !name.holds("://") else { return nil }
        return SecretReference(
          secret: name, namespace: field.form == .object ? node["namespace"]?.scalar : nil,
          key: field.form == .selector ? node["key"]?.scalar : nil,
          isOptional: node["optional"]?.scalar == "true", path: path)
      }
    }
  }

  private static func values(
    _ node: Node, _ steps: ArraySlice<String>, _ path: String
  ) -> [(path: String, node: Node)] {
    guard let step = steps.first else { return [(path, node)] }
    func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    if step == "*" {
      let items = (node.items ?? []).enumerated().map { (String($0), $1) }
      let entries = (node.entries ?? []).map { ($0.key.scalar ?? "", $0.value) }
      return (items + entries).flatMap { values($1, steps.dropFirst(), below($0)) }
    }
    return node[step].map { values($0, steps.dropFirst(), below(step)) } ?? []
  }
}
