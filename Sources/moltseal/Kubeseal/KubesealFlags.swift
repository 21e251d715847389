/// kubeseal's command line: its flags and variables, parsed as pflag parses them.

internal import ClusterAccess
internal import Processes
internal import Text

/// A flag of kubeseal.
struct KubesealFlag {
  enum Kind {
    case text, boolean, list
  }

  let name: String
  let kind: Kind
  var short: Character?
  /// The help text; nil for flags that choose a cluster or configure logging.
  var help: String?
  /// The name of the value in the help text.
  var value = "string"
  /// Whether an environment variable can set the flag.
  var hasVariable = true

  /// Returns the name of a flag's environment variable.
  static func variable(of name: String) -> String {
    "SEALED_SECRETS_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
  }
}

/// The flags that were given, or set by variables.
struct KubesealFlags {
  /// A command line that kubeseal does not accept.
  struct UsageError: Error {
    let message: String
  }

  /// The flags of this command line.
  private let known: [KubesealFlag]
  private var values: [String: [String]] = [:]
  /// The variables whose values their flags do not accept, by flag.
  private var refusedVariables: [String: String] = [:]

  /// A variable with an invalid value whose flag the command line does not set.
  var refusedVariable: String? { refusedVariables.values.min() }

  /// The arguments that are not flags, which kubeseal ignores.
  private(set) var arguments: [String] = []

  /// - Parameter variable: returns the value of a flag's environment variable, which may be empty.
  init(
    _ words: [String], known: [KubesealFlag] = KubesealFlags.all,
    variable: (KubesealFlag) -> String?
  ) throws(UsageError) {
    self.known = known
    for flag in known where flag.hasVariable {
      let name = KubesealFlag.variable(of: flag.name)
      guard let text = variable(flag) else { continue }
      do throws(UsageError) { try set(flag, text) } catch {
        // kubeseal ignores such a variable, and then seals for another scope than intended.
        refusedVariables[flag.name] = name
      }
    }
    let fromVariables = values
    var words = words[...]
    while let word = words.popFirst() {
      if word == "--" {
        arguments += words
        return
      }
      if let flag = word.without(prefix: "--") {
        try long(flag, &words, fromVariables)
      } else if word.begins(with: "-"), word.utf8.count > 1 {
        try short(word.dropFirst(), &words, fromVariables)
      } else {
        arguments.append(word)
      }
    }
  }

  /// Whether a flag or its variable is set to an empty value.
  func isEmpty(_ name: String) -> Bool { values[name]?.last?.isEmpty ?? false }

  /// Returns the value of a text flag, or nil if it is missing or empty.
  func text(_ name: String) -> String? {
    values[name]?.last.flatMap { $0.isEmpty ? nil : $0 }
  }

  func isSet(_ name: String) -> Bool { values[name]?.last == "true" }

  func list(_ name: String) -> [String] { values[name] ?? [] }

  /// Returns kubectl with the cluster flags; secrets are kept out of its command line.
  func kubectl() throws -> Kubectl {
    let apart = ["namespace", "kubeconfig", "token", "username", "password"]
    let flags = KubesealFlags.cluster.filter { !apart.contains($0.name) }.flatMap { flag in
      list(flag.name).map { "--\(flag.name)=\($0)" }
    }
    return try Kubectl(
      flags: flags,
      credentials: .init(
        token: text("token"), username: text("username"), password: text("password")),
      kubeconfig: text("kubeconfig"))
  }

  // MARK: pflag

  private mutating func long(
    _ word: String, _ rest: inout ArraySlice<String>, _ variables: [String: [String]]
  ) throws(UsageError) {
    let parts = word.pieces(between: "=", atMost: 2)
    guard let name = parts.first, !name.isEmpty, let flag = known.first(where: { $0.name == name })
    else { throw UsageError(message: "unknown flag: --\(parts.first ?? "")") }
    if parts.count == 2 { return try override(flag, parts[1], variables) }
    if flag.kind == .boolean { return try override(flag, "true", variables) }
    guard let value = rest.popFirst() else {
      throw UsageError(message: "flag needs an argument: --\(name)")
    }
    try override(flag, value, variables)
  }

  /// Parses `-oyaml`, `-o=yaml` and `-o yaml`; short boolean flags may be combined.
  private mutating func short(
    _ letters: Substring, _ rest: inout ArraySlice<String>, _ variables: [String: [String]]
  ) throws(UsageError) {
    var letters = letters
    while let letter = letters.popFirst() {
      guard let flag = known.first(where: { $0.short == letter }) else {
        throw UsageError(message: "unknown shorthand flag: '\(letter)' in -\(letter)\(letters)")
      }
      // In pflag, a value after `=` has at least one letter; otherwise `=` is the value.
      if letters.first == "=", letters.count > 1 {
        return try override(flag, String(letters.dropFirst()), variables)
      }
      if flag.kind == .boolean {
        try override(flag, "true", variables)
        continue
      }
      if !letters.isEmpty { return try override(flag, String(letters), variables) }
      guard let value = rest.popFirst() else {
        throw UsageError(message: "flag needs an argument: '\(letter)' in -\(letter)")
      }
      return try override(flag, value, variables)
    }
  }

  /// Sets a flag from the command line, which overrides its variable.
  private mutating func override(
    _ flag: KubesealFlag, _ value: String, _ variables: [String: [String]]
  ) throws(UsageError) {
    refusedVariables[flag.name] = nil
    if let old = variables[flag.name], values[flag.name] == old { values[flag.name] = [] }
    try set(flag, value)
  }

  private mutating func set(_ flag: KubesealFlag, _ value: String) throws(UsageError) {
    if flag.name == "scope", !["", "strict", "namespace-wide", "cluster-wide"].contains(value) {
      throw UsageError(
        message:
          "invalid argument \"\(value)\" for \"--scope\" flag: must be one of: strict, namespace-wide, cluster-wide"
      )
    }
    switch flag.kind {
    case .text: values[flag.name] = [value]
    case .list: values[flag.name, default: []] += value.pieces(between: ",").filter { !$0.isEmpty }
    case .boolean:
      switch value {
      case "1", "t", "T", "true", "TRUE", "True": values[flag.name] = ["true"]
      case "0", "f", "F", "false", "FALSE", "False": values[flag.name] = ["false"]
      default:
        throw UsageError(
          message:
            "invalid argument \"\(value)\" for \"--\(flag.name)\" flag: must be true or false")
      }
    }
  }
}
