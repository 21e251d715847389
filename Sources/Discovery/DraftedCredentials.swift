/// The credentials that are proposed, and which values they are.

internal import Kubernetes
internal import Text
internal import Workspace

struct DraftedCredentials {
  private(set) var list: [CredentialDraft] = []
  /// The credential and meaning of each value that is not a placeholder, by the value's number.
  private var byValue: [Int: (name: String, meaning: KeyMeaning)] = [:]
  private var passwords = DraftedPasswords()
  /// The credentials that something here checks, and that are generated.
  private var checked: Set<String> = []
  private var names: [Place: String] = [:]

  /// A key of a Secret.
  private struct Place: Hashable {
    let home: PlacedSecret.Home
    let key: String
  }

  /// Names the values that are credentials by themselves.
  ///
  /// All of these come first, so that URLs find their passwords; of these, the values that something
  /// here checks come first, so that other users share their credentials.
  ///
  /// - Parameter ask: asks a person about an unknown value, by its `SECRET/KEY`.
  init(_ secrets: [PlacedSecret], ask: (String) -> KeyMeaning?) {
    let pairs = secrets.filter { !$0.isOfServiceAccount }.flatMap { secret in
      secret.secret.values.map { (value: $0, secret: secret) }
    }.filter { KubernetesNames.faultOfKey($0.value.key) == nil && $0.value.isCredential }
    for (value, secret) in pairs where value.isChecked { name(value, of: secret, ask) }
    for (value, secret) in pairs where !value.isChecked { name(value, of: secret, ask) }
  }

  /// A credential by its name.
  subscript(name: String) -> CredentialDraft? { list.first { $0.name == name } }

  /// The credential that is a value; nil if it has none of its own.
  func name(of value: SurveyedValue, in secret: PlacedSecret) -> String? {
    names[Place(home: secret.home, key: value.key)]
  }

  /// The credential of a value by the value's number.
  func name(ofNumber number: Int) -> String? { byValue[number]?.name }

  private mutating func name(
    _ value: SurveyedValue, of secret: PlacedSecret, _ ask: (String) -> KeyMeaning?
  ) {
    let meaning = value.meaning(in: secret.secret)
    let known = value.shape.isComparable ? byValue[value.value] : nil
    let place = secret.place(of: value.key)
    // A value that something here checks is the same value wherever it is, whatever its key.
    if let known, known.meaning == meaning || value.shape.isLong && checked.contains(known.name) {
      addReason("\(place): the same value today", to: known.name)
      names[Place(home: secret.home, key: value.key)] = known.name
      return
    }
    var credential = draft(value, meaning, in: secret, ask)
    if let twin = known?.name {
      credential.reasons.append("\(place): the same value today as \(twin)")
      if credential.isSupplied { credential.holds.append(twin) }
    }
    list.append(credential)
    names[Place(home: secret.home, key: value.key)] = credential.name
    let isFirst = value.shape.isComparable && known == nil
    if isFirst { byValue[value.value] = (credential.name, meaning) }
    if value.isChecked, !credential.isSupplied { checked.insert(credential.name) }
    if meaning == .password, isFirst || !value.isCheckedElsewhere(in: secret.secret) {
      passwords.note(credential.name, of: value, in: secret)
    }
  }

  /// A new credential for a value.
  private func draft(
    _ value: SurveyedValue, _ meaning: KeyMeaning, in secret: PlacedSecret,
    _ ask: (String) -> KeyMeaning?
  ) -> CredentialDraft {
    let place = secret.place(of: value.key)
    if value.isCheckedElsewhere(in: secret.secret) {
      return CredentialDraft.make(
        free(value.key, secret.own), .issued, value.shape, place: place,
        because: "a password, but nothing that is built here is known to check it")
    }
    var meaning = meaning
    if meaning == .unknown, value.shape.canBeGenerated { meaning = ask(place) ?? meaning }
    return CredentialDraft.make(free(value.key, secret.own), meaning, value.shape, place: place)
  }

  /// The credential of a URL's password; nil if nothing here has it.
  mutating func password(
    of url: SurveyedURL, key: String, in secret: PlacedSecret
  ) -> String? {
    guard let name = passwords.credential(of: url, key: key, in: secret) else { return nil }
    addReason("\(secret.place(of: key)): the password in this URL, the same today", to: name)
    return name
  }

  /// Adds a supplied credential for a whole text.
  mutating func supply(_ value: SurveyedValue, in secret: PlacedSecret) -> String {
    let isURL = if case .url = value.shape { true } else { false }
    let credential = CredentialDraft.make(
      free(value.key, secret.own), .issued, .text(length: 0, .any),
      place: secret.place(of: value.key),
      because: isURL
        ? "an address with a password, but nothing that is built here is known to check it"
        : "a text with a secret in it")
    list.append(credential)
    return credential.name
  }

  mutating func addReason(_ reason: String, to name: String) {
    guard let index = list.firstIndex(where: { $0.name == name }) else { return }
    list[index].reasons.append(reason)
  }

  /// Records which other values a supplied value contains.
  mutating func noteHeld(in value: SurveyedValue, by name: String) {
    guard let index = list.firstIndex(where: { $0.name == name }), list[index].isSupplied
    else { return }
    for held in value.holds {
      guard let other = byValue[held]?.name, other != name, !list[index].holds.includes(other)
      else { continue }
      list[index].holds.append(other)
      list[index].reasons.append(
        "\(value.key): contains the value of \(other), in a form that moltseal cannot derive")
    }
  }

  /// An unused name for the credential of a key.
  private func free(_ key: String, _ secret: String) -> String {
    let words = KeyMeaning.words(key)
    let plain = words.joined(separator: "-")
    let long = (KeyMeaning.words(secret) + words).joined(separator: "-")
    let isGeneric = words.allSatisfy { Self.generic.contains($0) }
    let candidates = (isGeneric ? [] : [plain]) + [long] + (2...999).map { "\(long)-\($0)" }
    // `fingerprint` is taken: its variable would be that of the certificate.
    let taken = Set(list.map(\.name) + ["fingerprint"])
    return candidates.lazy.map { name in
      let first = name.utf8.first ?? 0
      let text = (97...122).contains(first) ? name : "c-" + name
      return String(decoding: text.utf8.prefix(60), as: UTF8.self)
    }.first { !taken.contains($0) } ?? long
  }

  /// The words of keys that say nothing without the name of their Secret.
  private static let generic: Set<String> = [
    "password", "pass", "passwd", "pwd", "token", "secret", "key", "value", "data", "url", "uri",
    "config", "json", "yaml", "crt", "ca", "tls", "username", "user",
  ]
}
