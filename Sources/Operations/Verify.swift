/// `verify`: checks files and returns verdicts, which contain no value.

package import Cryptography
package import Kubernetes
package import Manifests
package import Preflight
internal import Sealing
internal import Secrets
internal import Text
internal import Unsealing
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
  package fileprivate(set) var knowledge = Knowledge.none

  package var hasFailed: Bool { findings.contains { $0.severity == .error } }

  /// Whether no fault was found, but it is not known that there is none.
  package var isUnknown: Bool { !hasFailed && (knowledge == .none || notEvaluated != nil) }

  /// Records that a controller opens it.
  package mutating func wasOpened() { knowledge = .opened([]) }

  fileprivate init(_ check: SealedSecretCheck, _ root: Node, file: String) {
    self.file = file
    self.root = root
    self.check = check
    location = root.location
    document = check.document
    findings = check.findings()
  }

  /// A template, whose content only its renderer knows.
  fileprivate init(template reason: String, file: String, at location: Location, root: Node? = nil)
  {
    self.file = file
    self.location = location
    self.root = root
    notEvaluated = reason
    findings = []
  }

  /// Something that is not a SealedSecret.
  fileprivate init(
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

  /// Adds what is wrong with the values, as sealed or as rendered from them.
  ///
  /// - Parameter isWhole: whether every item was opened.
  fileprivate mutating func check(
    _ values: [(key: String, value: SecretBytes)], isWhole: Bool, _ version: ControllerVersion
  ) {
    var values = values
    let template = root?.at("spec", "template")
    let rendered = template?["data"]?.entries ?? []
    if !rendered.isEmpty {
      // What the controller renders may use any item.
      guard isWhole else { return }
      let data = TemplateData(template?["data"], values, version)
      guard let made = try? data.rendered({ _, _ in }) else { return }
      values = made
    }
    for fault in ValueRules.faults(
      type: template?["type"]?.scalar, values: values,
      of: isWhole && !values.isEmpty ? .wholeSecret : .someKeys)
    {
      // Missing keys are checked without the values.
      if fault.key.isEmpty, fault.message.begins(with: "the Secret lacks") { continue }
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

package struct VerifyOperation: Sendable {
  /// The certificate that every item should be sealed for.
  package let key: SealingKey?
  /// Whether the user asked whether exactly this key opens them.
  package let isHeldAgainstKey: Bool
  /// The keys that every item is opened with; empty if nothing is opened.
  package let keys: [RSAPrivateKey]
  package let threads: Int
  /// The version of the controller that would make the Secrets.
  package let version: ControllerVersion

  package init(
    key: SealingKey?, isHeldAgainstKey: Bool = false, keys: [RSAPrivateKey], threads: Int,
    version: ControllerVersion = .current
  ) {
    self.isHeldAgainstKey = isHeldAgainstKey
    self.key = key
    self.keys = keys
    self.threads = threads
    self.version = version
  }

  /// Checks every object of a file.
  ///
  /// - Parameter isNamed: whether the user named the file itself, not a folder above it.
  package func check(
    _ bytes: [UInt8], file: String, isNamed: Bool, lock: LockFile?
  ) -> [Verdict] {
    // Most files in a folder are other manifests.
    guard isNamed || bytes.contains(text: "SealedSecret") else { return [] }
    var verdicts: [Verdict] = []
    // Objects of another kind: not a fault in a file that also has a SealedSecret.
    var others: [Verdict] = []
    do throws(YAMLError) {
      for document in try parseStream(bytes) {
        guard let root = try document.writtenOut(), !root.isNull else { continue }
        for object in root.objects {
          let kind = object["kind"]?.scalar
          guard kind == "SealedSecret" || kind == nil && object.at("spec", "encryptedData") != nil
          else {
            others.append(
              Verdict(
                "not-a-sealed-secret",
                "is \(kind.map { "a \($0)" } ?? object.kindName), not a SealedSecret", file: file,
                at: object.location))
            continue
          }
          verdicts.append(verdict(object, index: verdicts.count, file: file, lock: lock))
        }
      }
    } catch {
      if let reason = TemplateText.reason(bytes) {
        return [Verdict(template: reason, file: file, at: Location(line: 1, column: 1))]
      }
      return [
        Verdict("structure", error.message, hint: error.hint, file: file, at: error.location)
      ]
    }
    guard verdicts.isEmpty, isNamed else { return verdicts }
    guard others.isEmpty else { return others }
    return [
      Verdict(
        "not-a-sealed-secret", "contains no SealedSecret", file: file,
        at: Location(line: 1, column: 1))
    ]
  }

  private func verdict(_ object: Node, index: Int, file: String, lock: LockFile?) -> Verdict {
    do throws(YAMLError) {
      let document = try SealedSecretDocument(object, index: index, missingKind: .accepted)
      // Flux, envsubst and Argo CD's plugins fill in such names.
      let names = [document.name, document.namespacedName.namespace]
      if let name = names.first(where: { TemplateText.isTemplate($0) }) {
        return Verdict(
          template: "'\(name)' is filled in by a tool when it renders the file", file: file,
          at: object.location, root: object)
      }
      let check = SealedSecretCheck(
        object, document, file: file, key: key, lock: lock, isHeldAgainstKey: isHeldAgainstKey,
        version: version, sha256: { Digest.sha256($0) })
      var verdict = Verdict(check, object, file: file)
      if let keys = recordedKeys(of: document, lock) { verdict.knowledge = .recorded(keys) }
      return verdict
    } catch {
      return Verdict("structure", error.message, file: file, at: error.location)
    }
  }

  /// The keys that all items were sealed for, according to the lock file; nil if it lacks one of
  /// them.
  private func recordedKeys(of document: SealedSecretDocument, _ lock: LockFile?) -> [String]? {
    guard let lock, !document.items.isEmpty else { return nil }
    var keys: [String] = []
    for item in document.items {
      let id = LockFile.ItemID(
        namespace: document.namespace, secret: document.sealedName, key: item.key)
      guard let known = lock.items[id],
        document.value(item.key)?.digest({ Digest.sha256($0) }) == known.ciphertext
      else { return nil }
      if !keys.contains(known.certificate) { keys.append(known.certificate) }
    }
    return keys
  }

  /// Opens every item, and adds what cannot be opened to the findings.
  ///
  /// - Parameter progress: receives the size of each finished batch and the number of all items.
  package func open(_ verdicts: inout [Verdict], progress: (_ done: Int, _ total: Int) -> Void)
    throws
  {
    let places = SealedPlaces(verdicts.compactMap(\.document))
    var jobs: [(verdict: Int, key: String, location: Location, job: UnsealJob)] = []
    for (index, verdict) in verdicts.enumerated() {
      guard let document = verdict.document, let root = verdict.root else { continue }
      let labels = places.labels(besides: document, root)
      jobs += document.items.map { item in
        (
          index, item.key, item.location,
          UnsealJob(base64: item.base64, label: document.label, otherLabels: labels)
        )
      }
    }
    // The values of the objects whose items are not all opened yet.
    var opened: [Int: [(key: String, value: SecretBytes)]] = [:]
    // The keys that opened an item of each object.
    var openers: [Int: [String]] = [:]
    var rest = jobs.reduce(into: [Int: Int]()) { $0[$1.verdict, default: 0] += 1 }
    for batch in jobs.batches(of: 512) {
      for (job, result) in zip(
        batch, try unseal(batch.map(\.job), keys: keys, threads: threads))
      {
        rest[job.verdict, default: 0] -= 1
        switch result {
        case .success(let (value, key)):
          opened[job.verdict, default: []].append((job.key, value))
          let fingerprint = keys[key].fingerprint
          if openers[job.verdict]?.contains(fingerprint) != true {
            openers[job.verdict, default: []].append(fingerprint)
          }
        // Invalid base64 and truncated ciphertexts were found without a key.
        case .failure(.notBase64), .failure(.truncated): break
        case .failure(let failure):
          let (message, hint) = failure.explanation
          verdicts[job.verdict].findings.append(
            Finding(
              code: "cannot-be-opened", severity: .error, message: "'\(job.key)' \(message)",
              hint: hint, file: verdicts[job.verdict].file, location: job.location))
        }
        guard rest[job.verdict] == 0, let values = opened.removeValue(forKey: job.verdict) else {
          continue
        }
        let isWhole = values.count == verdicts[job.verdict].document?.items.count
        verdicts[job.verdict].check(values, isWhole: isWhole, version)
        if isWhole { verdicts[job.verdict].knowledge = .opened(openers[job.verdict] ?? []) }
        // The same ciphertext under two keys is not a fault if both were opened.
        if isWhole { verdicts[job.verdict].findings.removeAll { $0.code == "repeated-ciphertext" } }
      }
      progress(batch.count, jobs.count)
    }
  }
}

extension Array {
  /// The elements in slices of at most `count`.
  package func batches(of count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}
