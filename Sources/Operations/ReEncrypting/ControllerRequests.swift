/// kubeseal's flags that use the controller: --fetch-cert, --validate and --re-encrypt.

package import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Rules
internal import Reporting
internal import Repository
internal import SecretIO
internal import Text
internal import Files
internal import Words
internal import YAML

extension Controller {
  /// Returns the controller's certificate, for sealing without --cert.
  package func certificate() throws -> SealingCertificate {
    let service = try service()
    let certificate = try SealingCertificate(
      pem: try certificateFile(service), path: "the certificate of \(service.name)",
      now: Surroundings.now())
    try certificate.checkVariable()
    return certificate
  }

  /// Prints the certificate file, after checking that it is a certificate.
  package func printCertificate(to output: String?) throws {
    let service = try service()
    let bytes = try certificateFile(service)
    let certificate = try SealingCertificate(
      pem: bytes, path: "the certificate of \(service.name)", now: Surroundings.now())
    try certificate.checkVariable()
    guard let output else { return StandardOutput.write(bytes) }
    try PlainFile.write(output, bytes, uncommitted: .overwritten)
  }

  /// Asks whether the controller can open every object.
  package func validate(_ input: String) throws {
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
            ? "run moltseal verify or moltseal unseal to see why"
            : "check the file; the controller could not read it",
          file: PlainFile.name(input), location: source.document.location, consequence: nil)
      }
    }
  }

  /// Lets the controller seal every item for its newest key, and keeps everything else.
  ///
  /// - Parameters:
  ///   - output: the file to write; nil for the input itself, or standard output.
  ///   - format: `yaml` or `json`; nil where the output tells.
  package func reEncrypt(_ input: String, output: String?, format: String?) throws {
    let output = output ?? (input == "-" ? nil : input)
    // A file edited in place is locked meanwhile, and its lock file is updated too.
    let piped = input == "-" ? try PlainFile.read(input) : nil
    let target = try output.flatMap { output in
      try isInPlace(output, input, piped) ? try TargetFile(output, uncommitted: .overwritten) : nil
    }
    let bytes = try target?.read() ?? piped ?? PlainFile.read(input)
    let format = try ManifestFormat.sealing(format, output: output)
    let sources = try UnsealRequest.parse(bytes, file: input)
    for source in sources { try source.checkForm() }
    let service = try service()
    var pace = Pace()
    let items = try sources.map { try renewed($0, service, &pace) }
    if let target {
      try target.replace(
        bytes, with: try replacing(items, in: bytes, file: input),
        and: try lockChanges(sources, items, target, service))
      return
    }
    var text: [UInt8] = []
    for (source, items) in zip(sources, items) {
      format.write(source.tree(replacing: items, format), to: &text)
    }
    guard let output else { return StandardOutput.write(text) }
    try PlainFile.write(output, text, uncommitted: .overwritten)
  }
}

extension Controller {
  /// Whether the output is the input file, through any path, or has the same bytes as the piped
  /// input.
  private func isInPlace(_ output: String, _ input: String, _ piped: [UInt8]?) throws -> Bool {
    if let piped {
      guard Disk.exists(output) else { return false }
      return try PlainFile.read(output) == piped
    }
    guard let first = Disk.realPath(output), let second = Disk.realPath(input) else { return false }
    return first === second
  }

  /// Returns the lock file updated for the new ciphertexts, which have the same values according to
  /// the controller.
  private func lockChanges(
    _ sources: [SealedSource], _ items: [[(String, SealedValue)]], _ target: TargetFile,
    _ service: Service
  ) throws -> [FileChange] {
    let lock = try LockPlaces().lock(of: target.pathInPlace, in: target.root)
    guard try target.readBeside(lock) != nil else { return [] }
    // They were sealed for the newest key, which is the certificate's.
    let certificate = try SealingCertificate(
      pem: try certificateFile(service), path: "the certificate of \(service.name)",
      now: Surroundings.now())
    var edits = LockEdits(certificate.fingerprint, lockPath: { _ in lock }) {
      try target.readBeside($0)
    }
    for (source, items) in zip(sources, items) {
      for (key, value) in items
      where try edits.isAsRecorded(key, of: source.document, path: target.pathInPlace) {
        try edits.renew(key, of: source.document, path: target.pathInPlace, value)
      }
    }
    return try edits.changes()
  }

  /// Returns the file with the new ciphertexts; every other byte is unchanged.
  func replacing(
    _ items: [[(key: String, value: SealedValue)]], in bytes: [UInt8], file: String
  ) throws -> [UInt8] {
    do throws(any Error) {
      var manifest = try SealedSecretFile(try SourceText(bytes))
      try manifest.apply(
        zip(manifest.documents, items).map { [manifest] document, items in
          manifest.changes(merging: items, into: document)
        })
      return manifest.bytes
    } catch let error as YAMLError {
      throw CommandError(error, file: file)
    } catch let error as EditRefusal {
      throw CommandError(error, file: file, by: "write another file with -w")
    }
  }
}

extension SealedSecretDocument {
  /// Returns the object as JSON, for the controller.
  func requestBody(_ root: Node) -> [UInt8] {
    var bytes: [UInt8] = []
    JSONWriter.write(rewritten(root), to: &bytes)
    return bytes
  }
}

extension SealedSource {
  private static let version = "bitnami.com/v1alpha1"

  /// Whether an object must have `apiVersion` and `kind`.
  enum TypeFields {
    case required
    /// They may be missing, because Go code that knows the type accepts that.
    case optional
  }

  /// Refuses an object that does not have the form of a SealedSecret, as Kubernetes would.
  ///
  /// - Throws: `CommandError` with every fault.
  func checkForm(typeFields: TypeFields = .required) throws {
    let check = SealedSecretCheck(
      root, document, file: PlainFile.name(file),
      against: SealingRecord(sha256: { Digest.sha256($0) }))
    let takesUnnamed =
      typeFields == .optional && (root["apiVersion"]?.scalar ?? Self.version) == Self.version
    let faults = check.form().filter {
      $0.severity == .error && !(takesUnnamed && $0.code == "api-version")
    }
    guard faults.isEmpty else { throw CommandError(faults, consequence: nil) }
  }

  /// Returns the object with other ciphertexts, in kubeseal's order.
  func tree(replacing items: [(key: String, value: SealedValue)], _ format: ManifestFormat) -> Tree
  {
    let data = Tree.strings(items.map { ($0.key, $0.value.base64) })
    let tree = Tree(root).replacing(["spec", "encryptedData"], by: data)
    return format == .yaml ? tree : tree.ordered(SealedSecret.order)
  }
}
