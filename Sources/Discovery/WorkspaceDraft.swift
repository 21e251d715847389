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

  /// What a person says about the workspace.
  package struct Settings: Sendable {
    let environment: String
    /// The folder of the templates.
    let templates: String
    let start: Start

    package init(environment: String, templates: String, start: Start) {
      self.environment = environment
      self.templates = templates
      self.start = start
    }
  }

  /// Whether the Secrets exist in the cluster.
  package enum Start: Sendable {
    /// They run with the present values.
    case deployed
    /// Nothing runs yet.
    case new
  }

  package private(set) var outcomes: [Outcome] = []
  package private(set) var templates: [DraftedTemplate] = []
  /// `SECRET/KEY` of every value that is in the repository, and so is no longer secret.
  package private(set) var burnt: [String] = []
  /// What was left out, and why.
  package private(set) var leftOut: [String] = []
  package var credentials: [CredentialDraft] { drafted.list }

  let targets: [SurveyedTarget]
  let settings: Settings
  /// Removes the hash that a generator appends to a name.
  let hash: (String) -> String?
  var drafted: DraftedCredentials
  private(set) var kept: [String: [String]] = [:]
  private(set) var clusters: [String] = []
  /// The sealed files of the present target.
  private var outputs: Set<Name> = []
  /// The targets that have a template.
  private(set) var filled: Set<String> = []

  /// - Parameter withoutHash: removes the hash that a generator appends to a name.
  /// - Parameter ask: asks a person about an unknown value, by its `SECRET/KEY`.
  package init(
    _ targets: [SurveyedTarget], _ settings: Settings, withoutHash: @escaping (String) -> String?,
    ask: (String) -> KeyMeaning? = { _ in nil }
  ) {
    self.targets = targets
    self.settings = settings
    hash = withoutHash
    let secrets = targets.map { target in
      target.secrets.map { secret in
        PlacedSecret(
          secret, in: target, of: targets,
          own: target.ownName(secret.name, withoutHash: withoutHash(secret.name)))
      }
    }
    drafted = DraftedCredentials(secrets.flatMap { $0 }, ask: ask)
    for (target, secrets) in zip(targets, secrets) {
      for name in target.build.sealed {
        let own = target.ownName(name, withoutHash: hash(name))
        if target.naming.generated.includes(own) { keep(own, of: target) }
        leftOut.append("\(own): a SealedSecret already makes it")
      }
      outputs = []
      for secret in secrets { draft(secret) }
      clusters += target.build.clusters.map { "\($0.name) (\($0.secrets.joined(separator: ", ")))" }
    }
  }

  private mutating func keep(_ generator: String, of target: SurveyedTarget) {
    kept[target.name, default: []].append(generator)
  }

  /// Drafts the template of one Secret.
  private mutating func draft(_ secret: PlacedSecret) {
    guard !secret.isOfServiceAccount, !secret.secret.values.isEmpty else {
      if secret.target.naming.generated.includes(secret.own) {
        keep(secret.own, of: secret.target)
      }
      return leftOut.append("\(secret.own): it has no value of its own")
    }
    let items = items(of: secret)
    guard !items.isEmpty else { return }
    let bytes = TemplateText(secret: secret, items: items, isMixed: isMixed).bytes
    let path = path(of: secret)
    do throws(YAMLError) {
      _ = try Template(path: path, try SourceText(bytes), names: credentials.map(\.name))
      templates.append(DraftedTemplate(path: path, bytes: bytes))
      filled.insert(secret.target.name)
    } catch {
      keep(secret.own, of: secret.target)
      leftOut.append("\(secret.own): \(error.message)")
    }
  }

  /// The keys of a Secret's template; records what became of each value.
  private mutating func items(of secret: PlacedSecret) -> [DraftedItem] {
    var items: [DraftedItem] = []
    for value in secret.secret.values {
      let place = secret.place(of: value.key)
      if let fault = KubernetesNames.faultOfKey(value.key) {
        leftOut.append("\(place): the key \(fault)")
        continue
      }
      guard let item = drafted.item(value, of: secret) else { continue }
      items.append(item)
      outcomes.append(outcome(of: item, value, secret))
      if case .plain = value.shape { continue }
      if value.shape != .empty { burnt.append(place) }
    }
    return items
  }

  /// What became of a value.
  private func outcome(
    of item: DraftedItem, _ value: SurveyedValue, _ secret: PlacedSecret
  ) -> Outcome {
    let expression = try? Expression(item.text, names: credentials.map(\.name))
    let used = expression?.credentials.first
    let credential = used.flatMap { drafted[$0] }
    let isSole = expression?.soleCredential != nil
    return Outcome(
      environment: environment(of: secret.target),
      target: targets.count > 1 ? secret.target.name : "", namespace: secret.secret.namespace,
      secret: secret.own, key: value.key,
      outcome: credential.map { isSole ? $0.outcome : "derived" } ?? "literal", credential: used,
      because: credential.map { $0.reasons.first ?? "" } ?? item.decide
        ?? "a setting, a name or an address")
  }

  /// The path of a template, such that no other template of the target has the same sealed file.
  private mutating func path(of secret: PlacedSecret) -> String {
    let folder = settings.templates
    let place = targets.count == 1 ? folder : "\(folder)/\(secret.target.name)"
    for number in 1...999 {
      let name =
        number == 1 ? "\(secret.own)-template.yml" : "\(secret.own)-\(number)-template.yml"
      if outputs.insert(Name(Template.outputName(of: name))).inserted {
        return "\(place)/\(name)"
      }
    }
    return "\(place)/\(secret.own)-template.yml"
  }
}
