/// The workspace that `init` proposes for a repository.

internal import Kubernetes
internal import Text
package import Workspace
internal import YAML

package struct WorkspaceDraft {
  /// One template.
  package struct DraftedTemplate: Sendable {
    /// Its file, relative to the workspace.
    package let path: String
    package let bytes: [UInt8]
    /// The Secret, for messages.
    package let secret: String

    /// One key.
    struct Item {
      let key: String
      let text: String
      /// What a person has to decide, if anything.
      let decide: String?
    }
  }

  /// What became of one value.
  package struct Outcome: Sendable {
    package let environment: String
    package let target: String
    package let namespace: String?
    package let secret: String
    package let key: String
    /// `literal`, `password`, `key`, `supplied`, or `derived`: a text that contains a credential.
    package let outcome: String
    /// The credential that it is, or that it contains.
    package let credential: String?
    package let because: String
  }

  package private(set) var outcomes: [Outcome] = []
  package private(set) var credentials: [CredentialDraft] = []
  package private(set) var templates: [DraftedTemplate] = []
  /// `SECRET/KEY` of every value that is in the repository, and so is no longer secret.
  package private(set) var burnt: [String] = []
  /// What was left out, and why.
  package private(set) var leftOut: [String] = []

  let targets: [SurveyedTarget]
  let environment: String
  let folder: String
  let isDeployed: Bool
  private let hash: (String) -> String?
  /// The credential and meaning of each value that is not a placeholder, by the value's number.
  private var byValue: [Int: (name: String, meaning: KeyMeaning)] = [:]
  /// Every password, for the URLs that contain one.
  private var passwords:
    [(value: Int, name: String, secret: [String], user: String?, stem: Set<String>)] = []
  private(set) var kept: [String: [String]] = [:]
  private var outputs: Set<ByBytes> = []
  private(set) var clusters: [String] = []

  /// - Parameter folder: the folder of the templates.
  /// - Parameter withoutHash: removes the hash that a generator appends to a name.
  /// - Parameter ask: asks a person about an unknown value, by its `SECRET/KEY`.
  package init(
    _ targets: [SurveyedTarget], environment: String, templates folder: String,
    isDeployed: Bool, withoutHash: @escaping (String) -> String?,
    ask: (String) -> KeyMeaning? = { _ in nil }
  ) {
    self.targets = targets
    self.environment = environment
    self.folder = folder
    self.isDeployed = isDeployed
    hash = withoutHash
    // First the values that something here checks, so that other users share their credentials.
    for isChecked in [true, false] {
      for target in targets {
        for secret in target.secrets { name(secret, in: target, isChecked: isChecked, ask) }
      }
    }
    for target in targets {
      outputs = []
      for name in target.sealed {
        let own = target.ownName(name, withoutHash: hash(name))
        if target.generated.includes(own) { kept[target.name, default: []].append(own) }
        leftOut.append("\(own): a SealedSecret already makes it")
      }
      for secret in target.secrets { draft(secret, in: target) }
      clusters += target.clusters.map { "\($0.name) (\($0.secrets.joined(separator: ", ")))" }
    }
  }

  // MARK: Credentials

  private var checkedNames: Set<String> = []
  /// The targets that have a template.
  private var drafted: Set<String> = []

  private func ownName(_ secret: SurveyedSecret, _ target: SurveyedTarget) -> String {
    target.ownName(secret.name, withoutHash: hash(secret.name))
  }

  /// Names the values that are credentials by themselves first, so that URLs find their passwords.
  private mutating func name(
    _ secret: SurveyedSecret, in target: SurveyedTarget, isChecked: Bool,
    _ ask: (String) -> KeyMeaning?
  ) {
    guard secret.type != "kubernetes.io/service-account-token" else { return }
    let own = ownName(secret, target)
    let user = secret.values.first {
      KeyMeaning.words($0.key).last?.ends(with: "user") == true
        || KeyMeaning.words($0.key).last == "username"
    }
    for value in secret.values
    where value.isChecked == isChecked && KubernetesNames.faultOfKey(value.key) == nil {
      let meaning = Self.meaning(of: value, in: secret)
      let place = place(own, value.key, secret, target)
      switch value.shape {
      case .url, .empty, .holding: continue
      case .plain(let text):
        guard Placeholder.find(in: text, key: value.key) != nil else { continue }
      default: break
      }
      let isComparable =
        switch value.shape {
        case .empty, .placeholder, .plain, .holding: false
        case .text(let length, _): length >= 4
        default: true
        }
      // A value that something here checks is the same value wherever it is, whatever its key.
      let known = isComparable ? byValue[value.value] : nil
      if let known, known.meaning == meaning || isOneValue(known.name, value.shape) {
        if let index = credentials.firstIndex(where: { $0.name == known.name }) {
          credentials[index].reasons.append("\(place): the same value today")
        }
        expressions[id(value, secret, target)] = "${\(known.name)}"
        continue
      }
      // If nothing here checks a password, a random one would not be known to what checks it.
      if meaning == .password, !value.isChecked, !Self.isOwn(value, of: secret),
        Self.canBeGenerated(value.shape)
      {
        var credential = CredentialDraft.make(
          free(value.key, own), .issued, value.shape, place: place,
          because: "a password, but nothing that is built here is known to check it")
        if let twin = known?.name {
          credential.reasons.append("\(place): the same value today as \(twin)")
          credential.holds.append(twin)
        }
        credentials.append(credential)
        expressions[id(value, secret, target)] = "${\(credential.name)}"
        if isComparable, byValue[value.value] == nil {
          byValue[value.value] = (credential.name, meaning)
          note(credential.name, of: value, user, in: secret, target)
        }
        continue
      }
      var kind = meaning
      if kind == .unknown, Self.canBeGenerated(value.shape) { kind = ask(place) ?? kind }
      var credential = CredentialDraft.make(
        free(value.key, own), kind, value.shape, place: place)
      if isComparable, let twin = byValue[value.value]?.name {
        credential.reasons.append("\(place): the same value today as \(twin)")
        if credential.isSupplied { credential.holds.append(twin) }
      }
      credentials.append(credential)
      expressions[id(value, secret, target)] = "${\(credential.name)}"
      if isComparable, byValue[value.value] == nil {
        byValue[value.value] = (credential.name, meaning)
      }
      if value.isChecked, !credential.isSupplied { checkedNames.insert(credential.name) }
      if meaning == .password { note(credential.name, of: value, user, in: secret, target) }
    }
  }

  /// Records a password for the URLs that contain it.
  private mutating func note(
    _ name: String, of value: SurveyedValue, _ user: SurveyedValue?, in secret: SurveyedSecret,
    _ target: SurveyedTarget
  ) {
    let login: String? = if case .plain(let text)? = user?.shape { text } else { nil }
    passwords.append((value.value, name, home(secret, target), login, Self.stem(value.key)))
  }

  /// The meaning of a key among the other keys of its Secret.
  ///
  /// The secret half of an access key is issued together with the other half.
  private static func meaning(of value: SurveyedValue, in secret: SurveyedSecret) -> KeyMeaning {
    func joined(_ key: String) -> String { KeyMeaning.words(key).joined() }
    let isHalf = ["secretkey", "secretaccesskey"].contains { joined(value.key).ends(with: $0) }
    let hasOther = secret.values.contains {
      joined($0.key).holds("accesskey") && $0.key != value.key
    }
    return isHalf && hasOther && !value.isChecked ? .issued : KeyMeaning(key: value.key)
  }

  /// Whether an equal value under another kind of name is the same one.
  ///
  /// It is if it is too long for a coincidence, and something that is built checks it.
  private func isOneValue(_ name: String, _ shape: ValueShape) -> Bool {
    guard case .text(let length, _) = shape, length >= 8 else { return false }
    return checkedNames.contains(name)
  }

  private static func canBeGenerated(_ shape: ValueShape) -> Bool {
    switch shape {
    case .empty, .placeholder, .text: true
    case .binary, .reference, .lines, .plain, .url, .issued, .holding: false
    }
  }

  /// The expressions by target, namespace, Secret and key.
  private var expressions: [[String]: String] = [:]

  private func id(
    _ value: SurveyedValue, _ secret: SurveyedSecret, _ target: SurveyedTarget
  ) -> [String] { home(secret, target) + [value.key] }

  /// The identity of a Secret among others with the same name.
  private func home(_ secret: SurveyedSecret, _ target: SurveyedTarget) -> [String] {
    [target.name, secret.namespace ?? "", secret.name]
  }

  /// `SECRET/KEY`, with the target if there are several.
  private func place(
    _ own: String, _ key: String, _ secret: SurveyedSecret, _ target: SurveyedTarget
  ) -> String {
    let twins = target.secrets.count { $0.name == secret.name } > 1
    let namespace = twins ? secret.namespace.map { "\($0)/" } ?? "" : ""
    return (targets.count > 1 ? "\(target.name): " : "") + "\(namespace)\(own)/\(key)"
  }

  /// An unused name for the credential of a key.
  private func free(_ key: String, _ secret: String) -> String {
    let generic: Set<String> = [
      "password", "pass", "passwd", "pwd", "token", "secret", "key", "value", "data", "url", "uri",
      "config", "json", "yaml", "crt", "ca", "tls", "username", "user",
    ]
    let words = KeyMeaning.words(key)
    let plain = words.joined(separator: "-")
    let long = (KeyMeaning.words(secret) + words).joined(separator: "-")
    let isGeneric = words.allSatisfy { generic.contains($0) }
    let names = (isGeneric ? [] : [plain]) + [long] + (2...999).map { "\(long)-\($0)" }
    // `fingerprint` is taken: its variable would be that of the certificate.
    let taken = Set(credentials.map(\.name) + ["fingerprint"])
    return names.lazy.map { name in
      let first = name.utf8.first ?? 0
      let text = (97...122).contains(first) ? name : "c-" + name
      return String(decoding: text.utf8.prefix(60), as: UTF8.self)
    }.first { !taken.contains($0) } ?? long
  }

  /// The words of a key that say whose password or address it is.
  private static func stem(_ key: String) -> Set<String> {
    let generic: Set<String> = [
      "password", "pass", "passwd", "pwd", "secret", "root", "user", "admin", "default", "url",
      "uri",
      "dsn", "connection", "string", "conn", "initdb",
    ]
    let words = Set(KeyMeaning.words(key)).subtracting(generic)
    // The names of a program, and the schemes of its addresses.
    let families: [Set<String>] = [
      ["postgres", "postgresql", "pg", "database", "db", "sql"],
      ["mysql", "mariadb", "database", "db", "sql"],
      ["redis", "rediss", "valkey"], ["mongodb", "mongo"], ["amqp", "amqps", "rabbitmq", "mq"],
    ]
    return families.filter { !$0.isDisjoint(with: words) }.reduce(words) { $0.union($1) }
  }

  /// Whether a value is a lone `PASSWORD` in a Secret whose name suggests nothing outside.
  ///
  /// The name contains no user, host or service whose password it could be, so that only its reader
  /// here checks it.
  private static func isOwn(_ value: SurveyedValue, of secret: SurveyedSecret) -> Bool {
    let services: Set<String> = [
      "postgres", "postgresql", "pg", "mysql", "mariadb", "database", "db", "sql", "redis",
      "valkey",
      "mongodb", "mongo", "amqp", "rabbitmq", "mq", "kafka", "nats", "elastic", "elasticsearch",
      "git",
      "ssh", "user", "external", "proxy", "vpn", "backup", "restic",
    ]
    let isBare = ["password", "passwd", "passphrase"].contains(
      KeyMeaning.words(value.key).joined(separator: "_"))
    let words = KeyMeaning.words(secret.name)
    return isBare && secret.values.count == 1 && services.isDisjoint(with: words)
      && KeyMeaning(key: secret.name + "_password") == .password
  }

  /// The credential of a URL's password; nil if nothing here has it.
  ///
  /// It has the same value, and the same user or Secret if several have that value. For a
  /// placeholder, user or key must point to it.
  private mutating func credential(
    ofURL value: SurveyedValue, user: String, scheme: String, password: Int, isPlaceholder: Bool,
    in own: String, _ secret: SurveyedSecret, _ target: SurveyedTarget
  ) -> String? {
    let home = home(secret, target)
    let stem = Self.stem(value.key + "_" + scheme)
    let same = passwords.filter { $0.value == password }
    let related = same.filter { !$0.stem.isDisjoint(with: stem) }
    let found =
      isPlaceholder
      ? related.first { $0.user == user && !user.isEmpty }
        ?? (related.count == 1 ? related[0] : nil)
      : same.first { $0.user == user && $0.secret == home } ?? same.first { $0.user == user }
        ?? same.first { $0.secret == home } ?? (same.count == 1 ? same[0] : nil)
    guard let found else { return nil }
    if let index = credentials.firstIndex(where: { $0.name == found.name }) {
      credentials[index].reasons.append(
        "\(place(own, value.key, secret, target)): the password in this URL, the same today")
    }
    return found.name
  }

  /// Adds a supplied credential for a whole text.
  private mutating func supplied(
    _ value: SurveyedValue, in own: String, _ secret: SurveyedSecret, _ target: SurveyedTarget
  ) -> String {
    var isURL = false
    if case .url = value.shape { isURL = true }
    let credential = CredentialDraft.make(
      free(value.key, own), .issued, .text(length: 0, isHex: false),
      place: place(own, value.key, secret, target),
      because: isURL
        ? "an address with a password, but nothing that is built here is known to check it"
        : "a text with a secret in it")
    credentials.append(credential)
    return credential.name
  }

  // MARK: Templates

  private mutating func draft(_ secret: SurveyedSecret, in target: SurveyedTarget) {
    let own = ownName(secret, target)
    guard secret.type != "kubernetes.io/service-account-token", !secret.values.isEmpty else {
      if target.generated.includes(own) { kept[target.name, default: []].append(own) }
      return leftOut.append("\(own): it has no value of its own")
    }
    var data: [DraftedTemplate.Item] = []
    for value in secret.values {
      let place = place(own, value.key, secret, target)
      if let fault = KubernetesNames.faultOfKey(value.key) {
        leftOut.append("\(place): the key \(fault)")
        continue
      }
      guard let item = item(value, in: own, secret, target) else { continue }
      data.append(item)
      list(item, value, own, secret, target)
      if case .plain = value.shape { continue }
      if value.shape != .empty { burnt.append(place) }
    }
    guard !data.isEmpty else { return }
    var metadata: [(String, Tree)] = [("name", .string(own))]
    if target.namespace == nil, let namespace = secret.namespace ?? (isMixed ? "default" : nil) {
      metadata.append(("namespace", .string(namespace)))
    }
    let pairs = { (list: [(key: String, value: String)]) in
      Tree.map(list.map { ($0.key, .string($0.value)) })
    }
    if !secret.labels.isEmpty { metadata.append(("labels", pairs(secret.labels))) }
    var annotations = secret.annotations.filter { !Self.isOurs($0.key) }
    if let wave = target.waves[secret.name], !annotations.contains(where: { $0.key == Self.wave }) {
      annotations.append((key: Self.wave, value: String(wave)))
    }
    if !annotations.isEmpty { metadata.append(("annotations", pairs(annotations))) }
    var fields: [(String, Tree)] = [
      ("apiVersion", .string("v1")), ("kind", .string("Secret")), ("metadata", .map(metadata)),
    ]
    if let type = secret.type { fields.append(("type", .string(type))) }
    if secret.isImmutable { fields.append(("immutable", .scalar("true", .boolean))) }
    var lines = ["# Made today by \(target.path) as '\(own)'; written by moltseal init."]
    lines += YAMLWriter.block(.map(fields), indent: 0) + ["stringData:"]
    for item in data {
      if let question = item.decide { lines.append("  # decide: \(Self.oneLine(question))") }
      lines += YAMLWriter.block(.map([(item.key, .string(item.text))]), indent: 2)
    }
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    do throws(YAMLError) {
      let path = path(of: own, in: target)
      _ = try Template(
        path: path, try SourceText(bytes), names: credentials.map(\.name))
      templates.append(DraftedTemplate(path: path, bytes: bytes, secret: own))
      drafted.insert(target.name)
    } catch {
      kept[target.name, default: []].append(own)
      leftOut.append("\(own): \(error.message)")
    }
  }

  /// The text of one key of a template; nil if there is nothing to write.
  private mutating func item(
    _ value: SurveyedValue, in own: String, _ secret: SurveyedSecret, _ target: SurveyedTarget
  ) -> DraftedTemplate.Item? {
    func item(_ text: String, decide: String? = nil) -> DraftedTemplate.Item {
      DraftedTemplate.Item(key: value.key, text: text, decide: decide)
    }
    if let expression = expressions[id(value, secret, target)] {
      noteHeld(value, expression)
      let name = expression.without(prefix: "${")?.without(suffix: "}") ?? ""
      let isMarked = credentials.first { $0.name == name }?.isMarked == true
      return item(
        expression, decide: isMarked ? "unknown value; see \(name) in moltseal.yml" : nil)
    }
    switch value.shape {
    case .url(let before, let user, let after, let password, let isPlaceholder):
      let scheme = before.place(of: "://")?.before ?? ""
      // If the user or host is a placeholder, the whole URL is supplied.
      let isWhole = Placeholder.find(in: before + after, key: value.key) != nil
      if !isWhole,
        let name = credential(
          ofURL: value, user: user, scheme: scheme, password: password,
          isPlaceholder: isPlaceholder, in: own, secret, target)
      {
        return item(Self.escaped(before) + "${\(name)|uri}" + Self.escaped(after))
      }
      let name = supplied(value, in: own, secret, target)
      noteHeld(value, "${\(name)}")
      return item("${\(name)}")
    case .holding(let before, let after, let held, let filter):
      let isWhole = Placeholder.find(in: before + after, key: value.key) != nil
      if !isWhole, let known = byValue[held], fits(known.name, filter) {
        if let index = credentials.firstIndex(where: { $0.name == known.name }) {
          credentials[index].reasons.append(
            "\(place(own, value.key, secret, target)): part of this text, the same today")
        }
        let placeholder = known.name + (filter.map { "|\($0.rawValue)" } ?? "")
        return item(Self.escaped(before) + "${\(placeholder)}" + Self.escaped(after))
      }
      let name = supplied(value, in: own, secret, target)
      noteHeld(value, "${\(name)}")
      return item("${\(name)}")
    case .plain(let plain): return item(Self.escaped(plain))
    case .empty:
      // Once it has a value, an empty value that nobody uses today locks somebody out.
      return item("", decide: "empty today, and left empty")
    default: return nil
    }
  }

  /// Whether any value of a credential can be part of a text, with or without a filter.
  private func fits(_ name: String, _ filter: Filter?) -> Bool {
    filter != nil || credentials.first { $0.name == name }?.isSupplied == false
  }

  /// Records which other values a supplied value contains.
  private mutating func noteHeld(_ value: SurveyedValue, _ expression: String) {
    guard let name = expression.without(prefix: "${")?.without(suffix: "}"),
      let index = credentials.firstIndex(where: { $0.name == name }), credentials[index].isSupplied
    else { return }
    for held in value.holds {
      guard let other = byValue[held]?.name, other != name,
        !credentials[index].holds.includes(other)
      else { continue }
      credentials[index].holds.append(other)
      credentials[index].reasons.append(
        "\(value.key): contains the value of \(other), in a form that moltseal cannot derive")
    }
  }

  /// Records what became of a value.
  private mutating func list(
    _ item: DraftedTemplate.Item, _ value: SurveyedValue, _ own: String,
    _ secret: SurveyedSecret, _ target: SurveyedTarget
  ) {
    let names = credentials.map(\.name)
    let expression = try? Expression(item.text, names: names)
    let used = expression?.credentials.first
    let credential = used.flatMap { name in credentials.first { $0.name == name } }
    let isSole = expression?.soleCredential != nil
    outcomes.append(
      Outcome(
        environment: environment(of: target), target: targets.count > 1 ? target.name : "",
        namespace: secret.namespace,
        secret: own, key: value.key,
        outcome: credential.map { isSole ? $0.outcome : "derived" } ?? "literal",
        credential: used,
        because: credential.map { $0.reasons.first ?? "" } ?? item.decide
          ?? "a setting, a name or an address"))
  }

  private static let wave = "argocd.argoproj.io/sync-wave"

  private static func isOurs(_ key: String) -> Bool {
    key.begins(with: "moltseal.dev/") || key.begins(with: "config.kubernetes.io/")
      || key.begins(with: "internal.config.kubernetes.io/") || ToolAnnotations.isLeftOut(key)
  }

  /// The environment of a target; two targets that make the same Secret are two environments.
  func environment(of target: SurveyedTarget) -> String {
    environments.first { $0.targets.includes(target.name) }?.name ?? environment
  }

  /// The environments, each with the folder of its first sealed files.
  package var places: [(name: String, folder: String)] {
    environments.map { name, names in
      (name, targets.first { names.first === $0.name }?.output ?? ".")
    }
  }

  /// The environments with their targets; no two targets of one make the same Secret.
  var environments: [(name: String, targets: [String])] {
    var groups: [(secrets: Set<[String]>, targets: [String])] = []
    // A target without any value has nothing to seal.
    for target in targets where drafted.contains(target.name) {
      let secrets = Set(
        target.secrets.map {
          [
            $0.namespace ?? target.namespace ?? target.given?.namespace ?? "",
            hash($0.name) ?? $0.name,
          ]
        })
      if let index = groups.firstIndex(where: { $0.secrets.isDisjoint(with: secrets) }) {
        groups[index].secrets.formUnion(secrets)
        groups[index].targets.append(target.name)
      } else {
        groups.append((secrets, [target.name]))
      }
    }
    guard groups.count > 1 else { return [(environment, groups.first?.targets ?? [])] }
    var names: Set<String> = []
    return groups.map { group in
      let own = group.targets.count == 1 ? group.targets[0] : environment
      let name =
        ([own] + (2...999).map { "\(own)-\($0)" }).first { names.insert($0).inserted } ?? own
      return (name, group.targets)
    }
  }

  /// The path of a template, such that no other template of the target has the same sealed file.
  private mutating func path(of secret: String, in target: SurveyedTarget) -> String {
    let place = targets.count == 1 ? folder : "\(folder)/\(target.name)"
    for number in 1...999 {
      let name = number == 1 ? "\(secret)-template.yml" : "\(secret)-\(number)-template.yml"
      if outputs.insert(ByBytes(Template.outputName(of: name))).inserted {
        return "\(place)/\(name)"
      }
    }
    return "\(place)/\(secret)-template.yml"
  }

  /// Keeps a comment on one line, whatever names are in it.
  private static func oneLine(_ text: String) -> String {
    String(
      decoding: text.utf8.map { $0 < 32 || $0 == 127 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
  }

  private static func escaped(_ text: String) -> String {
    guard let (before, after) = text.place(of: "${") else { return text }
    return before + "$${" + escaped(after)
  }
}
