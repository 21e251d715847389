/// `verify`: checks files and returns verdicts, which contain no value.

package import Cryptography
package import Kubernetes
package import Manifests
package import Rules
internal import Sealing
internal import Secrets
internal import Text
internal import Unsealing
internal import YAML

package struct VerifyOperation: Sendable {
  /// The certificate that every item should be sealed for.
  let key: SealingKey?
  /// The keys that every item is opened with; empty if nothing is opened.
  let keys: [RSAPrivateKey]
  let threads: Int
  /// The version of the controller that would make the Secrets.
  let version: ControllerVersion

  package init(
    key: SealingKey?, keys: [RSAPrivateKey], threads: Int,
    version: ControllerVersion = .current
  ) {
    self.key = key
    self.keys = keys
    self.threads = threads
    self.version = version
  }

  /// Checks every object of a file.
  ///
  package func check(
    _ bytes: [UInt8], file: String, origin: FileOrigin, lock: LockFile?
  ) -> [Verdict] {
    // Most files in a folder are other manifests.
    guard origin == .named || bytes.contains(text: "SealedSecret") else { return [] }
    let verdicts: [Verdict]
    let others: [Verdict]
    do throws(YAMLError) {
      (verdicts, others) = try self.verdicts(in: bytes, file: file, lock: lock)
    } catch {
      if let reason = TemplateText.reason(bytes) {
        return [Verdict(template: reason, file: file, at: Location(line: 1, column: 1))]
      }
      return [
        Verdict("structure", error.message, hint: error.hint, file: file, at: error.location)
      ]
    }
    guard verdicts.isEmpty, origin == .named else { return verdicts }
    guard others.isEmpty else { return others }
    return [
      Verdict(
        "not-a-sealed-secret", "contains no SealedSecret", file: file,
        at: Location(line: 1, column: 1))
    ]
  }

  /// The verdicts on the SealedSecrets of a file, and those on its other objects, which are no fault
  /// in a file that also has a SealedSecret.
  private func verdicts(
    in bytes: [UInt8], file: String, lock: LockFile?
  ) throws(YAMLError) -> (sealed: [Verdict], others: [Verdict]) {
    var verdicts: [Verdict] = []
    var others: [Verdict] = []
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
    return (verdicts, others)
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
        object, document, file: file,
        against: SealingRecord(
          key: key, lock: lock, version: version, sha256: { Digest.sha256($0) }))
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
    let jobs = jobs(of: verdicts)
    // The values of the objects whose items are not all opened yet.
    var opened: [Int: OpenedValues] = [:]
    var rest = jobs.reduce(into: [Int: Int]()) { $0[$1.verdict, default: 0] += 1 }
    for batch in jobs.batches(of: 512) {
      for (job, result) in zip(
        batch, try unseal(batch.map(\.job), keys: keys, threads: threads))
      {
        rest[job.verdict, default: 0] -= 1
        switch result {
        case .success(let (value, key)):
          opened[job.verdict, default: OpenedValues()].add(
            (job.key, value), openedWith: keys[key].fingerprint)
        // Invalid base64 and truncated ciphertexts were found without a key.
        case .failure(.notBase64), .failure(.truncated): break
        case .failure(let failure):
          let (message, hint) = failure.explanation
          verdicts[job.verdict].findings.append(
            Finding(
              code: "cannot-be-opened", severity: .error, message: "'\(job.key)' \(message)",
              hint: hint, file: verdicts[job.verdict].file, location: job.location))
        }
        if rest[job.verdict] == 0, let values = opened.removeValue(forKey: job.verdict) {
          verdicts[job.verdict].take(values, version)
        }
      }
      progress(batch.count, jobs.count)
    }
  }

  /// A job for each item, with the index of its verdict.
  private func jobs(
    of verdicts: [Verdict]
  ) -> [(verdict: Int, key: String, location: Location, job: UnsealJob)] {
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
    return jobs
  }
}

extension Array {
  /// The elements in slices of at most `count`.
  package func batches(of count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}
