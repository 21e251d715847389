/// The verdict of `verify` on one object, which contains no value.

internal import Cryptography
internal import Kubernetes
package import Manifests
package import Rules
internal import Secrets
internal import Text
package import YAML

/// The verdict on one object, or on one file that could not be read as objects.
package struct Verdict: Sendable {
  /// The file, as the caller names it.
  package let file: String
  package let location: Location
  /// Nil if it is not a SealedSecret.
  package private(set) var document: SealedSecretDocument?
  package let root: Node?
  package var findings: [Finding]
  private var check: SealedSecretCheck?

  /// Why it cannot be evaluated; nil if it can.
  package private(set) var notEvaluated: String?

  /// How it is known that the ciphertexts are intact, and which key opens them.
  package enum Knowledge: Sendable, Equatable {
    /// It is not known: a ciphertext looks the same for every key, and after a change.
    case none
    /// The lock file records the digest of each ciphertext, and the key that it was sealed for.
    case recorded([String])
    /// A private key or the controller has opened every item; the keys, if they are known.
    case opened([String])
  }
  package internal(set) var knowledge = Knowledge.none

  package var hasFailed: Bool { findings.contains { $0.severity == .error } }

  /// Whether no fault was found, but it is not known that there is none.
  package var isUnknown: Bool { !hasFailed && (knowledge == .none || notEvaluated != nil) }

  /// Records that a controller opens it.
  package mutating func wasOpened() { knowledge = .opened([]) }

  init(_ check: SealedSecretCheck, _ root: Node, file: String) {
    self.file = file
    self.root = root
    self.check = check
    location = root.location
    document = check.document
    findings = check.findings()
  }

  /// A template, whose content only its renderer knows.
  init(template reason: String, file: String, at location: Location, root: Node? = nil) {
    self.file = file
    self.location = location
    self.root = root
    notEvaluated = reason
    findings = []
  }

  /// Something that is not a SealedSecret.
  init(
    _ code: String, _ message: String, hint: String? = nil, file: String, at location: Location
  ) {
    self.file = file
    self.location = location
    root = nil
    findings = [
      Finding(
        code: code, severity: .error, message: message,
        hint: hint ?? "correct the file at this place",
        file: file,
        location: location)
    ]
  }

  /// Adds what is wrong with the opened values, as sealed or as rendered from them.
  mutating func take(_ opened: OpenedValues, _ version: ControllerVersion) {
    let isWhole = opened.values.count == document?.items.count
    let data = root?.at("spec", "template", "data")
    if data?.entries?.isEmpty ?? true {
      check(opened.values)
    } else if isWhole,
      // What the controller renders may use any item.
      let rendered = try? TemplateData(data, opened.values, version).rendered({ _, _ in })
    {
      check(rendered)
    }
    guard isWhole else { return }
    knowledge = .opened(opened.keys)
    // The same ciphertext under two keys is not a fault if both were opened.
    findings.removeAll { $0.code == "repeated-ciphertext" }
  }

  private mutating func check(_ values: [(key: String, value: SecretBytes)]) {
    let template = root?.at("spec", "template")
    let rendered = template?["data"]?.entries ?? []
    // Missing keys are checked without the values.
    for fault in ValueRules.faults(
      type: template?["type"]?.scalar, values: values, of: .someKeys)
    {
      let entry = rendered.first { $0.key.scalar == fault.key }
      let item = document?.items.first { $0.key == fault.key }?.location
      let isRendered = entry?.value.scalar?.holds("{{") ?? false
      let key =
        fault.key.isEmpty ? "" : "'\(fault.key)'\(isRendered ? ", as rendered," : "") "
      findings.append(
        Finding(
          code: "value-of-type", severity: fault.isError ? .error : .warning,
          message: key + fault.message, hint: fault.hint, file: file,
          location: entry?.value.location ?? item ?? location))
    }
  }

  /// Gives a SealedSecret without a namespace the one in which it is built.
  package mutating func place(_ namespace: (String) -> String?) {
    guard let document, document.lacksNamespace, var check, let namespace = namespace(file) else {
      return
    }
    check.document = document.placed(in: namespace)
    self.document = check.document
    findings = check.findings()
  }
}

/// The values of one object that were opened so far.
struct OpenedValues {
  private(set) var values: [(key: String, value: SecretBytes)] = []
  /// The fingerprints of the keys that opened them.
  private(set) var keys: [String] = []

  mutating func add(_ item: (key: String, value: SecretBytes), openedWith key: String) {
    values.append(item)
    if !keys.contains(key) { keys.append(key) }
  }
}
