/// The values of a running system, which are sealed unchanged.

package import Cryptography
internal import Text
package import Workspace

/// The place of a value: the namespace and name of its Secret, and its key.
package struct ValuePlace: Sendable, Hashable {
  /// Empty if it has none.
  fileprivate let namespace: String
  package let secret: String
  package let key: String

  package init(namespace: String?, secret: String, key: String) {
    self.namespace = namespace ?? ""
    self.secret = secret
    self.key = key
  }

  package static func == (left: ValuePlace, right: ValuePlace) -> Bool {
    left.secret === right.secret && left.key === right.key
      && left.namespace === right.namespace
  }

  package func hash(into hasher: inout Hasher) {
    for text in [namespace, secret, key] { hasher.combine(Name(text)) }
  }

  /// `SECRET/KEY`, for messages.
  package var words: String { "\(secret)/\(key)" }
}

package struct AdoptedValues: Sendable {
  private var values: [ValuePlace: SecretBytes] = [:]
  /// The annotations of each Secret, by its place with an empty key.
  private var annotations: [ValuePlace: [Name: String]] = [:]

  /// The fields of each Secret that the API server lets nobody change.
  private var fixed: [ValuePlace: Fixed] = [:]

  private struct Fixed {
    let type: String
    let isImmutable: Bool
  }

  package init() {}

  /// Adds the values of a Secret.
  ///
  /// - Parameter name: the name of the template's Secret, if the live one has a hash in its name.
  package mutating func add(
    _ secret: SecretManifest, as name: String? = nil, namespace: String? = nil
  ) {
    let own = secret.metadata.namespace.isEmpty ? namespace : secret.metadata.namespace
    let place = { (key: String) in
      ValuePlace(namespace: own, secret: name ?? secret.metadata.name, key: key)
    }
    for item in secret.items { values[place(item.key)] = item.value }
    annotations[place("")] = secret.metadata.annotations
    fixed[place("")] = Fixed(
      type: secret.type ?? "Opaque", isImmutable: secret.immutable ?? false)
  }

  /// Other Secrets that already have the name a sealed one will get; whether a controller may write
  /// them.
  private var foreign: [ValuePlace: Bool] = [:]

  package mutating func addForeign(_ secret: SecretManifest, as name: String, namespace: String?) {
    foreign[ValuePlace(namespace: namespace, secret: name, key: "")] =
      secret.metadata.annotations[Name("sealedsecrets.bitnami.com/managed")] == "true"
  }

  /// Whether a name is taken by a Secret that no controller may overwrite.
  package func hasForeign(_ secret: String, namespace: String?) -> Bool {
    foreign[ValuePlace(namespace: namespace, secret: secret, key: "")] == false
  }

  /// Adds what another one contains; existing values stay.
  package mutating func add(_ other: AdoptedValues) {
    values.merge(other.values) { own, _ in own }
    annotations.merge(other.annotations) { own, _ in own }
    fixed.merge(other.fixed) { own, _ in own }
  }

  package subscript(place: ValuePlace) -> SecretBytes? { values[place] }

  /// Whether a Secret exists.
  package func has(_ secret: String, namespace: String?) -> Bool {
    annotations[ValuePlace(namespace: namespace, secret: secret, key: "")] != nil
  }

  package func annotation(_ key: String, of secret: String, namespace: String?) -> String? {
    annotations[ValuePlace(namespace: namespace, secret: secret, key: "")]?[Name(key)]
  }

  /// The type of a Secret; nil if it does not exist.
  package func type(of secret: String, namespace: String?) -> String? {
    fixed[ValuePlace(namespace: namespace, secret: secret, key: "")]?.type
  }

  package func isImmutable(_ secret: String, namespace: String?) -> Bool {
    fixed[ValuePlace(namespace: namespace, secret: secret, key: "")]?.isImmutable ?? false
  }

  /// The keys of a Secret, sorted.
  package func keys(of secret: String, namespace: String?) -> [String] {
    let place = ValuePlace(namespace: namespace, secret: secret, key: "")
    return values.keys.filter {
      $0.secret === place.secret && $0.namespace === place.namespace
    }.map(\.key).sorted()
  }

  /// The places that both have with different values.
  package func differences(from other: AdoptedValues) -> [ValuePlace] {
    values.filter { place, value in
      other.values[place].map { !AdoptedValues.isEqual(value, $0) } ?? false
    }.map(\.key).sorted { $0.words < $1.words }
  }

  /// What is wrong with the values as values of templates.
  package enum Fault: Sendable, Equatable {
    /// The expression of a key does not give its value.
    case noMatch(ValuePlace)
    /// One credential, and the places that have different values of it.
    case differs(String, [ValuePlace])
  }

  /// Compares the values with the expressions of the templates: each expression must produce its
  /// value, and a credential must be the same everywhere.
  package func faults(_ expressions: [(place: ValuePlace, expression: Expression)]) -> [Fault] {
    var faults: [Fault] = []
    var found: [String: [(place: ValuePlace, value: SecretBytes)]] = [:]
    var names: [String] = []
    for (place, expression) in expressions {
      guard let value = values[place], expression.previousOf == nil else { continue }
      guard let match = ExpressionMatch(expression, value) else {
        faults.append(.noMatch(place))
        continue
      }
      for (name, value) in match.values {
        if found[name] == nil { names.append(name) }
        found[name, default: []].append((place, value))
      }
    }
    for name in names {
      guard let places = found[name], let first = places.first else { continue }
      let others = places.filter { !AdoptedValues.isEqual($0.value, first.value) }
      if !others.isEmpty { faults.append(.differs(name, [first.place] + others.map(\.place))) }
    }
    return faults
  }

  private static func isEqual(_ left: SecretBytes, _ right: SecretBytes) -> Bool {
    left.count == right.count
      && left.withBytes { bytes in right.withBytes { bytes.elementsEqual($0) } }
  }
}
