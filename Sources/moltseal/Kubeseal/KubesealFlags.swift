/// kubeseal's command line: its flags, its variables, and the way pflag reads them.

/// A flag of kubeseal.
struct KubesealFlag {
  enum Kind {
    case text, boolean, list
  }

  let name: String
  let kind: Kind
  var short: Character?
  /// What it does; nil for those that choose a cluster or write a log.
  var help: String?
  /// How its value is called in the help text.
  var value = "string"

  /// The environment variable of a flag.
  static func variable(of name: String) -> String {
    "SEALED_SECRETS_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
  }
}

/// The flags that were given, or whose variables are set.
struct KubesealFlags {
  /// A command line that kubeseal does not take.
  struct UsageError: Error {
    let message: String
  }

  private var values: [String: [String]] = [:]
  /// The variables whose value their flag does not take, by the flag.
  private var refusedVariables: [String: String] = [:]

  /// A variable with a value that its flag does not take, where the command line does not set it.
  var refusedVariable: String? { refusedVariables.values.min() }

  /// Arguments that are no flags, which kubeseal does not look at.
  private(set) var arguments: [String] = []

  /// - Parameter variable: the value of an environment variable.
  init(_ words: [String], variable: (String) -> String?) throws(UsageError) {
    for flag in KubesealFlags.all {
      let name = KubesealFlag.variable(of: flag.name)
      guard let text = variable(name) else { continue }
      do throws(UsageError) { try set(flag, text) } catch {
        // kubeseal goes on without it, and seals for another scope than was asked for.
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
      if word.hasPrefix("--") {
        try long(word.dropFirst(2), &words, fromVariables)
      } else if word.hasPrefix("-"), word.count > 1 {
        try short(word.dropFirst(), &words, fromVariables)
      } else {
        arguments.append(word)
      }
    }
  }

  /// Whether a flag was given, or its variable set, be it to nothing.
  func isEmpty(_ name: String) -> Bool { values[name]?.last?.isEmpty ?? false }

  /// The value of a text flag; nil where it is not given or empty.
  func text(_ name: String) -> String? {
    values[name]?.last.flatMap { $0.isEmpty ? nil : $0 }
  }

  func isSet(_ name: String) -> Bool { values[name]?.last == "true" }

  func list(_ name: String) -> [String] { values[name] ?? [] }

  /// Whether no other flag is given.
  func onlyHas(_ names: [String]) -> Bool { values.keys.allSatisfy { names.contains($0) } }

  /// kubectl with the flags of the cluster; what is secret of them is kept apart.
  var kubectl: Kubectl {
    let apart = ["namespace", "kubeconfig", "token", "username", "password"]
    let flags = KubesealFlags.cluster.filter { !apart.contains($0.name) }.flatMap { flag in
      list(flag.name).map { "--\(flag.name)=\($0)" }
    }
    return Kubectl(
      flags: flags,
      credentials: .init(
        token: text("token"), username: text("username"), password: text("password")),
      kubeconfig: text("kubeconfig"))
  }

  // MARK: pflag

  private mutating func long(
    _ word: Substring, _ rest: inout ArraySlice<String>, _ variables: [String: [String]]
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, let flag = KubesealFlags.all.first(where: { $0.name == name })
    else { throw UsageError(message: "unknown flag: --\(parts.first ?? "")") }
    if parts.count == 2 { return try override(flag, String(parts[1]), variables) }
    if flag.kind == .boolean { return try override(flag, "true", variables) }
    guard let value = rest.popFirst() else {
      throw UsageError(message: "flag needs an argument: --\(name)")
    }
    try override(flag, value, variables)
  }

  /// `-oyaml`, `-o=yaml` and `-o yaml`; letters of booleans may stand together.
  private mutating func short(
    _ letters: Substring, _ rest: inout ArraySlice<String>, _ variables: [String: [String]]
  ) throws(UsageError) {
    var letters = letters
    while let letter = letters.popFirst() {
      guard let flag = KubesealFlags.all.first(where: { $0.short == letter }) else {
        throw UsageError(message: "unknown shorthand flag: '\(letter)' in -\(letter)\(letters)")
      }
      // pflag: a value behind `=` has a letter at least; without one, `=` is the value.
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

  /// Sets a flag from the command line, which wins over its variable.
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
    case .list: values[flag.name, default: []] += value.split(separator: ",").map(String.init)
    case .boolean:
      switch value {
      case "1", "t", "T", "true", "TRUE", "True": values[flag.name] = ["true"]
      case "0", "f", "F", "false", "FALSE", "False": values[flag.name] = ["false"]
      default:
        throw UsageError(
          message: "invalid argument \"\(value)\" for \"--\(flag.name)\" flag: it is true or false")
      }
    }
  }
}

extension KubesealFlags {
  static let all = own + cluster + logging

  static let own: [KubesealFlag] = [
    .init(
      name: "allow-empty-data", kind: .boolean, help: "Seal a Secret without data."),
    .init(
      name: "cert", kind: .text,
      help: "The controller's certificate; without it, it is fetched through kubectl."),
    .init(
      name: "controller-name", kind: .text,
      help: "The controller's service (sealed-secrets-controller)."),
    .init(
      name: "controller-namespace", kind: .text, help: "The controller's namespace (kube-system)."),
    .init(name: "fetch-cert", kind: .boolean, help: "Print the controller's certificate."),
    .init(name: "format", kind: .text, short: "o", help: "json, the default, or yaml."),
    .init(
      name: "from-file", kind: .list, help: "With --raw: the value, as FILE or KEY=FILE.",
      value: "strings"),
    .init(name: "help", kind: .boolean, short: "h", help: "Print this text."),
    .init(
      name: "merge-into", kind: .text, help: "Merge into this file, in place and in its format."),
    .init(name: "name", kind: .text, help: "The name of the Secret."),
    .init(name: "raw", kind: .boolean, help: "Seal one value, not a Secret."),
    .init(
      name: "re-encrypt", kind: .boolean, help: "Have the controller seal for its newest key."),
    .init(
      name: "recovery-private-key", kind: .list, help: "Private keys for --recovery-unseal.",
      value: "strings"),
    .init(name: "recovery-unseal", kind: .boolean, help: "Open a SealedSecret."),
    .init(name: "rotate", kind: .boolean, help: "The old name of --re-encrypt."),
    .init(name: "scope", kind: .text, help: "strict, namespace-wide or cluster-wide."),
    .init(
      name: "sealed-secret-file", kind: .text, short: "w",
      help: "Write this file; .yaml and .yml select YAML."),
    .init(
      name: "secret-file", kind: .text, short: "f", help: "Read this file, not standard input."),
    .init(
      name: "validate", kind: .boolean, help: "Ask the controller whether it can open this."),
    .init(name: "version", kind: .boolean, help: "Print the version."),
  ]

  /// clientcmd's `RecommendedConfigOverrideFlags`; without use where no cluster is asked.
  static let cluster: [KubesealFlag] = [
    .init(
      name: "namespace", kind: .text, short: "n", help: "The namespace of a Secret that has none."),
    .init(name: "as", kind: .text), .init(name: "as-group", kind: .list),
    .init(name: "as-uid", kind: .text), .init(name: "as-user-extra", kind: .list),
    .init(name: "certificate-authority", kind: .text),
    .init(name: "client-certificate", kind: .text), .init(name: "client-key", kind: .text),
    .init(name: "cluster", kind: .text), .init(name: "context", kind: .text),
    .init(name: "disable-compression", kind: .boolean),
    .init(name: "insecure-skip-tls-verify", kind: .boolean),
    .init(name: "kubeconfig", kind: .text), .init(name: "password", kind: .text),
    .init(name: "proxy-url", kind: .text), .init(name: "request-timeout", kind: .text),
    .init(name: "server", kind: .text), .init(name: "tls-server-name", kind: .text),
    .init(name: "token", kind: .text), .init(name: "user", kind: .text),
    .init(name: "username", kind: .text),
  ]

  /// klog's flags, which change nothing here.
  static let logging: [KubesealFlag] =
    [
      "add_dir_header", "alsologtostderr", "logtostderr", "one_output", "skip_headers",
      "skip_log_headers", "legacy_stderr_threshold_behavior",
    ].map { .init(name: $0, kind: .boolean) }
    + [
      "log_backtrace_at", "log_dir", "log_file", "log_file_max_size", "stderrthreshold", "vmodule",
    ].map { .init(name: $0, kind: .text) } + [.init(name: "v", kind: .text, short: "v")]

  /// The usage text, in kubeseal's form.
  static var usage: String {
    let lines = (own + cluster).filter { $0.help != nil }.sorted { $0.name < $1.name }.map { flag in
      let short = flag.short.map { "  -\($0), " } ?? "      "
      let value = flag.kind == .boolean ? "" : " \(flag.value)"
      let left = "\(short)--\(flag.name)\(value)"
      let gap = String(repeating: " ", count: max(2, 38 - left.count))
      return "\(left)\(gap)\(flag.help ?? "")\n"
    }
    return "Usage of kubeseal:\n" + lines.joined()
      + "\nmoltseal, in kubeseal's place: docs/kubeseal.md says what it refuses.\n"
  }
}
