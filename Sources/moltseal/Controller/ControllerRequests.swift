/// kubeseal's flags that ask the controller: --fetch-cert, --validate and --re-encrypt.

internal import Glibc
internal import Manifests
internal import Preflight
internal import Sealing
internal import YAML

extension Controller {
  /// The controller's certificate, for sealing without --cert.
  func certificate() throws -> SealingCertificate {
    let service = try service()
    let certificate = try SealingCertificate(
      pem: try certificateFile(service), path: "the certificate of \(service.name)",
      now: Environment.now())
    try certificate.checkVariable()
    try certificate.checkKey()
    return certificate
  }

  /// Prints the certificate file, once it is known to be one.
  func printCertificate(to output: String?) throws {
    let service = try service()
    let bytes = try certificateFile(service)
    let certificate = try SealingCertificate(
      pem: bytes, path: "the certificate of \(service.name)", now: Environment.now())
    try certificate.checkVariable()
    try certificate.checkKey()
    guard let output else { return Terminal.output(bytes: bytes) }
    try PlainFile.write(output, bytes, allowsUncommitted: true)
  }

  /// Asks whether every object can be opened.
  func validate(_ input: String) throws {
    let sources = try UnsealRequest.read(input)
    for source in sources { try source.checkForm() }
    let service = try service()
    var pace = Pace()
    for source in sources {
      let body = source.document.requestBody(source.root)
      let verdict = try pace.ask { try verify(body, service) }
      guard verdict == .opens else {
        throw CommandError(
          "unable to decrypt sealed secret: \(source.document.place)",
          hint: verdict == .doesNotOpen
            ? "moltseal verify and unseal say why" : "the controller could not read it",
          file: PlainFile.name(input), location: source.document.location, consequence: nil)
      }
    }
  }

  /// Has every item sealed for the newest key, and keeps all else.
  func reEncrypt(_ input: String, _ flags: KubesealFlags) throws {
    let output = flags.text("sealed-secret-file") ?? (input == "-" ? nil : input)
    // Edited in place, it is locked while the controller is asked.
    let target = output == input ? try TargetFile(input, allowsUncommitted: true) : nil
    let bytes = try target?.read() ?? PlainFile.read(input)
    let format = try ManifestFormat.sealing(flags.text("format"), output: output)
    let sources = try UnsealRequest.parse(bytes, file: input)
    for source in sources { try source.checkForm() }
    let service = try service()
    let items = try sources.map { source in
      guard let answered = try rotate(source.document.requestBody(source.root), service) else {
        throw CommandError(
          "the controller has no key that opens every item of '\(source.document.place)'",
          hint: "unseal with a backed-up key says which item, and why",
          file: PlainFile.name(input), location: source.document.location)
      }
      try checkKeys(of: answered, source)
      return try source.document.items.map { item in
        guard let text = answered[item.key], let value = SealedValue(base64: text),
          Controller.isRenewal(text, of: item.base64)
        else {
          throw CommandError(
            "the controller's answer has no ciphertext of the same value for '\(item.key)' of '\(source.document.place)'",
            hint: "nothing was taken from it", file: PlainFile.name(input), location: item.location)
        }
        return (item.key, value)
      }
    }
    if let target {
      try target.replace(bytes, with: try replacing(items, in: bytes, file: input))
      return
    }
    var text: [UInt8] = []
    for (source, items) in zip(sources, items) {
      format.write(source.tree(replacing: items, format), to: &text)
    }
    guard let output else { return Terminal.output(bytes: text) }
    try PlainFile.write(output, text, allowsUncommitted: true)
  }
}

extension Controller {
  /// Whether two ciphertexts can hold the same value: both are whole, and as long without their
  /// session keys.
  private static func isRenewal(_ new: String, of old: String) -> Bool {
    guard let new = try? CiphertextShape(base64: new), let old = try? CiphertextShape(base64: old)
    else { return false }
    return new.plaintextLength == old.plaintextLength && new.sessionKey.count >= 256
  }

  /// The controller renders `spec.template.data` into items; any other key more is no answer.
  private func checkKeys(
    of answer: [String: String], _ source: UnsealRequest.Source
  ) throws {
    let own = source.document.items.map(\.key)
    let rendered = (source.root.at("spec", "template", "data")?.entries ?? []).compactMap(
      \.key.scalar)
    guard let other = answer.keys.first(where: { !own.contains($0) && !rendered.contains($0) })
    else {
      return
    }
    throw CommandError(
      "the controller's answer has an item '\(other)' that '\(source.document.place)' has not",
      hint: "nothing was taken from it", file: PlainFile.name(source.file),
      location: source.document.location)
  }

  /// The file with new ciphertexts, every other byte as it was.
  private func replacing(
    _ items: [[(key: String, value: SealedValue)]], in bytes: [UInt8], file: String
  ) throws -> [UInt8] {
    do throws(any Error) {
      var manifest = try SealedSecretManifest(try SourceText(bytes))
      for (document, items) in zip(manifest.documents, items) {
        try manifest.merge(items, labels: [], annotations: [], into: document)
      }
      return manifest.bytes
    } catch let error as YAMLError {
      throw CommandError(error, file: file)
    } catch let error as EditRefusal {
      throw CommandError(error, file: file, by: "write another file with -w")
    }
  }
}

extension SealedSecretDocument {
  /// The object as JSON, for the controller.
  func requestBody(_ root: Node) -> [UInt8] {
    var bytes: [UInt8] = []
    JSONWriter.write(rewritten(root), to: &bytes)
    return bytes
  }
}

extension UnsealRequest.Source {
  private static let version = "bitnami.com/v1alpha1"

  /// Refuses what is no SealedSecret by its form: Kubernetes would not decode it either.
  ///
  /// - Parameter isUnnamed: whether `apiVersion` and `kind` may be missing, as where Go knows what it
  ///   decodes.
  func checkForm(isUnnamed: Bool = false) throws {
    let check = SealedSecretCheck(
      root, document, file: PlainFile.name(file), key: nil, lock: nil)
    let takesUnnamed = isUnnamed && (root["apiVersion"]?.scalar ?? Self.version) == Self.version
    let faults = check.form().filter {
      $0.severity == .error && !(takesUnnamed && $0.code == "api-version")
    }
    guard faults.isEmpty else { throw CommandError(faults, consequence: nil) }
  }

  /// The object with other ciphertexts, in the order in which kubeseal writes it.
  func tree(replacing items: [(key: String, value: SealedValue)], _ format: ManifestFormat) -> Tree
  {
    let data = Tree.strings(items.map { ($0.key, $0.value.base64) })
    let change = TreeChange.set(["spec", "encryptedData"], data)
    // A SealedSecret that was read has a mapping on the way there.
    let tree = Tree(root).applying(change) ?? Tree(root)
    return format == .yaml ? tree : tree.ordered(SealedSecretObject.order)
  }
}

/// Keeps requests apart: the controller answers two a second, after a burst of two (h003).
struct Pace {
  /// Microseconds between two requests.
  private static let gap: UInt32 = 600_000
  private static let attempts = 10
  private var isFirst = true

  /// Asks, after a pause, and again while the controller is busy.
  mutating func ask(_ request: () throws -> Controller.Verdict) throws -> Controller.Verdict {
    for _ in 0..<Pace.attempts {
      if !isFirst { usleep(Pace.gap) }
      isFirst = false
      let verdict = try request()
      if verdict != .busy { return verdict }
      usleep(1_000_000)
    }
    throw CommandError(
      "the controller still says that it is asked too often", hint: "try again in a minute")
  }
}
