/// The flags of kubeseal, and their help texts.

internal import Manifests

extension KubesealFlags {
  static let all = own + cluster + logging

  static let own: [KubesealFlag] = [
    .init(
      name: "allow-empty-data", kind: .boolean, help: "Seal a Secret without data."),
    .init(
      name: "cert", kind: .text,
      help: "The controller's certificate; by default it is fetched through kubectl."),
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
    .init(name: "raw", kind: .boolean, help: "Seal one value instead of a Secret."),
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
      name: "secret-file", kind: .text, short: "f",
      help: "Read this file instead of standard input."),
    .init(
      name: "validate", kind: .boolean, help: "Ask the controller whether it can open this."),
    .init(name: "version", kind: .boolean, help: "Print the version."),
  ]

  /// clientcmd's `RecommendedConfigOverrideFlags`; unused if no cluster is asked.
  static let cluster: [KubesealFlag] = [
    .init(
      name: "namespace", kind: .text, short: "n", help: "The namespace for a Secret that has none."),
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

  /// klog's flags, which have no effect here.
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
      + "\nThis is moltseal in place of kubeseal: docs/kubeseal.md says what it refuses.\n"
  }
}
