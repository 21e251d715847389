/// `verify`: files in, verdicts out; nothing of a value is in them.

package import Cryptography
package import Kubernetes
package import Manifests
package import Preflight
internal import Sealing
internal import Text
internal import Unsealing
package import YAML

/// One object, or one file that could not be read as objects, and what is wrong with it.
package struct Verdict: Sendable {
  /// The file, as the caller calls it.
  package let file: String
  package let location: Location
  /// Nil where it is no SealedSecret.
  package private(set) var document: SealedSecretDocument?
  package let root: Node?
  package var findings: [Finding]
  private var check: SealedSecretCheck?

  package var hasFailed: Bool { findings.contains { $0.severity == .error } }

  fileprivate init(_ check: SealedSecretCheck, _ root: Node, file: String) {
    self.file = file
    self.root = root
    self.check = check
    location = root.location
    document = check.document
    findings = check.findings()
  }

  /// Something that is no SealedSecret.
  fileprivate init(_ code: String, _ message: String, file: String, at location: Location) {
    self.file = file
    self.location = location
    root = nil
    findings = [
      Finding(
        code: code, severity: .error, message: message, hint: "correct the file there", file: file,
        location: location)
    ]
  }

  /// What is wrong with a value for the type of its Secret; nil where nothing is.
  fileprivate func fault(ofValue value: SecretBytes, under key: String) -> String? {
    let type = root?.at("spec", "template", "type")?.scalar ?? ""
    guard KubernetesNames.keysOfJSON[type] == key else { return nil }
    return value.withBytes { isJSONObject($0) }
      ? nil : "is no JSON object, which type '\(type)' needs"
  }

  /// The key that has to be JSON for the type, where it is rendered of items; nil where it is not.
  fileprivate var renderedKey: (key: String, location: Location)? {
    guard let template = root?.at("spec", "template"),
      let key = KubernetesNames.keysOfJSON[template["type"]?.scalar ?? ""],
      document?.items.contains(where: { $0.key == key }) == false,
      let value = template["data"]?[key], value.scalar?.holds("{{") == true
    else { return nil }
    return (key, value.location)
  }

  /// Adds what is wrong with the key that is rendered, for the type.
  fileprivate mutating func checkRendered(
    _ values: [(key: String, value: SecretBytes)], _ version: ControllerVersion
  ) {
    guard let (key, location) = renderedKey else { return }
    let data = TemplateData(root?.at("spec", "template", "data"), values, version)
    guard let made = (try? data.rendered { _, _ in })?.first(where: { $0.key == key }),
      let fault = fault(ofValue: made.value, under: key)
    else { return }
    findings.append(
      Finding(
        code: "value-of-type", severity: .error, message: "'\(key)', as it is rendered, \(fault)",
        hint: "the API server refuses the Secret; seal what makes it JSON", file: file,
        location: location))
  }

  /// Gives a SealedSecret without a namespace the one that it is built in.
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
  /// Keys that every item is opened with; none where nothing is opened.
  package let keys: [RSAPrivateKey]
  package let threads: Int
  /// The controller that would make the Secrets.
  package let version: ControllerVersion

  package init(
    key: SealingKey?, keys: [RSAPrivateKey], threads: Int, version: ControllerVersion = .current
  ) {
    self.key = key
    self.keys = keys
    self.threads = threads
    self.version = version
  }

  /// Checks every object of a file.
  ///
  /// - Parameter isNamed: whether somebody named the file, and not a folder above it.
  package func check(
    _ bytes: [UInt8], file: String, isNamed: Bool, lock: LockFile?
  ) -> [Verdict] {
    // Most files below a folder are other manifests.
    guard isNamed || bytes.contains(text: "SealedSecret") else { return [] }
    var verdicts: [Verdict] = []
    // Objects of another kind: no fault beside a SealedSecret.
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
      return [Verdict("structure", error.message, file: file, at: error.location)]
    }
    guard verdicts.isEmpty, isNamed else { return verdicts }
    guard others.isEmpty else { return others }
    return [
      Verdict(
        "not-a-sealed-secret", "holds no SealedSecret", file: file,
        at: Location(line: 1, column: 1))
    ]
  }

  private func verdict(_ object: Node, index: Int, file: String, lock: LockFile?) -> Verdict {
    do throws(YAMLError) {
      let document = try SealedSecretDocument(object, index: index, needsKind: false)
      let check = SealedSecretCheck(
        object, document, file: file, key: key, lock: lock, version: version,
        sha256: { Digest.sha256($0) })
      return Verdict(check, object, file: file)
    } catch {
      return Verdict("structure", error.message, file: file, at: error.location)
    }
  }

  /// Opens every item, and adds what cannot be opened to the findings.
  ///
  /// - Parameter progress: is told how many items there are, and of each batch that is done.
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
    var opened: [Int: Set<ByBytes>] = [:]
    // The values of those whose type looks into what is rendered of them.
    var rendered: [Int: [(key: String, value: SecretBytes)]] = [:]
    for batch in jobs.batches(of: 512) {
      for (job, result) in zip(
        batch, try unseal(batch.map(\.job), keys: keys, threads: threads))
      {
        switch result {
        case .success(let (value, _)):
          opened[job.verdict, default: []].insert(ByBytes(job.key))
          if verdicts[job.verdict].renderedKey != nil {
            rendered[job.verdict, default: []].append((job.key, value))
          }
          guard let fault = verdicts[job.verdict].fault(ofValue: value, under: job.key) else {
            continue
          }
          verdicts[job.verdict].findings.append(
            Finding(
              code: "value-of-type", severity: .error, message: "'\(job.key)' \(fault)",
              hint: "the API server refuses the Secret; seal the value that was meant",
              file: verdicts[job.verdict].file, location: job.location))
        // What is not base64 or cut off has been found without a key.
        case .failure(.notBase64), .failure(.truncated): continue
        case .failure(let failure):
          let (message, hint) = failure.explanation
          verdicts[job.verdict].findings.append(
            Finding(
              code: "cannot-be-opened", severity: .error, message: "'\(job.key)' \(message)",
              hint: hint, file: verdicts[job.verdict].file, location: job.location))
        }
      }
      progress(batch.count, jobs.count)
    }
    for (index, values) in rendered where values.count == opened[index]?.count {
      verdicts[index].checkRendered(values, version)
    }
    // One ciphertext under two keys is no fault where both are opened.
    for (index, keys) in opened where keys.count == verdicts[index].document?.items.count {
      verdicts[index].findings.removeAll { $0.code == "repeated-ciphertext" }
    }
  }
}

extension Array {
  /// The elements in runs of at most `count`.
  package func batches(of count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}

extension [UInt8] {
  /// Whether a text stands somewhere in these bytes.
  package func contains(text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}
