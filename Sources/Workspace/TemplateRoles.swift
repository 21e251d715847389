/// The rules for keys and role pairs in a template, and the Secret of each role.

internal import Kubernetes
internal import Text
internal import YAML

extension TemplateSecret {
  /// Checks that `.previous` and `.next` each have exactly one item that is the key itself.
  func checkKeys() throws(YAMLError) {
    for item in items {
      guard let name = item.expression.previousOf ?? item.expression.nextOf else { continue }
      let part = item.expression.previousOf == nil ? "next" : "previous"
      let current = items.filter { $0.expression.soleCredential === name }
      guard current.count == 1 else {
        throw YAMLError(
          "'${\(name).\(part)}' needs exactly one other key of this Secret whose whole value is '${\(name)}', not \(current.count)",
          at: item.location)
      }
      let same = items.filter {
        $0.expression.previousOf === name && part == "previous"
          || $0.expression.nextOf === name && part == "next"
      }
      guard same.count == 1 else {
        throw YAMLError("'${\(name).\(part)}' is listed twice in this Secret", at: item.location)
      }
      if part == "next", !items.contains(where: { $0.expression.previousOf === name }) {
        throw YAMLError(
          "'${\(name).next}' needs a key with '${\(name).previous}' in the same Secret: otherwise a rotation would end the tokens of today's key",
          at: item.location)
      }
    }
  }

  /// The Secret itself, or one for each role if it contains the password of a pair.
  func forRoles(_ credentials: [Credential]) throws(YAMLError) -> [TemplateSecret] {
    let pairs = credentials.filter { !$0.roles.isEmpty }
    for item in items {
      for part in item.expression.parts {
        guard case .role(let name) = part, !pairs.contains(where: { $0.name === name }) else {
          continue
        }
        throw YAMLError(
          "'${\(name).role}' needs a credential with 'roles', but '\(name)' has none",
          at: item.location)
      }
      if let name = item.expression.nextOf,
        credentials.contains(where: { $0.name === name && $0.isSupplied })
      {
        throw YAMLError(
          "'${\(name).next}': '\(name)' is supplied, so moltseal cannot make its next value",
          at: item.location)
      }
    }
    let mentioned = Set(items.flatMap(\.expression.mentioned).map { Name($0) })
    guard let pair = pairs.first(where: { mentioned.contains(Name($0.name)) }) else {
      return [self]
    }
    try check(pair)
    var secrets: [TemplateSecret] = []
    for role in pair.roles { secrets.append(try written(for: role, of: pair)) }
    return secrets
  }

  /// Checks that a role's Secret contains no other credential and no value that moves.
  ///
  /// It changes while nobody reads it, and a consumer switches to it by its name.
  private func check(_ pair: Credential) throws(YAMLError) {
    for item in items {
      let other = item.expression.mentioned.first { $0 !== pair.name }
      if let other {
        throw YAMLError(
          "this Secret is written once for each role of '\(pair.name)', so it cannot contain '\(other)'; give that one its own template",
          at: item.location)
      }
      if let part = item.expression.previousOf.map({ _ in "previous" })
        ?? item.expression.nextOf.map({ _ in "next" })
      {
        throw YAMLError(
          "'\(pair.name)' has two roles, which replace '.\(part)'", at: item.location)
      }
    }
  }

  private func written(
    for role: Credential.Role, of pair: Credential
  ) throws(YAMLError) -> TemplateSecret {
    let name = "\(name)-\(role.suffix)"
    if let fault = KubernetesNames.faultOfSubdomain(name) {
      throw YAMLError("the name '\(name)' \(fault)", at: location)
    }
    return TemplateSecret(
      name: name, builtName: name, namespace: namespace, type: type, immutable: immutable,
      labels: labels,
      annotations: annotations,
      items: items.map { item in
        TemplateItem(
          key: item.key, expression: item.expression.forRole(role, of: pair.name),
          location: item.location)
      },
      role: role, pair: pair.name, location: location)
  }
}
