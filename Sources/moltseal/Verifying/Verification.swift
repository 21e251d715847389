/// `verify`: files in, verdicts out; nothing of a value is ever printed.

internal import Cryptography
internal import Glibc
internal import Manifests
internal import Preflight
internal import Recovery
internal import Sealing
internal import YAML

/// One object, or one file that could not be read as objects, and what is wrong with it.
struct Verdict: Sendable {
  let file: String
  let location: Location
  /// Nil where it is no SealedSecret.
  let document: SealedSecretDocument?
  let root: Node?
  var findings: [Finding]

  var hasFailed: Bool { findings.contains { $0.severity == .error } }
}

struct Verification {
  var key: SealingKey?
  var keys: PrivateKeys?

  /// Checks every object of every file, and opens it where there are keys.
  func run(_ files: [SealedFile]) throws -> [Verdict] {
    let locks = try Locks(files.map(\.path))
    let key = key
    var progress = Progress("checked", of: files.count)
    var verdicts: [Verdict] = []
    for batch in files.batches(of: 256) {
      verdicts += try parallelMap(
        count: batch.count, threads: Environment.processors, chunkSize: 8
      ) { range in
        try range.map { try Verification.check(batch[batch.startIndex + $0], key, locks) }
      }.flatMap { $0 }
      progress.advance(batch.count)
    }
    progress.end()
    if let keys { try open(&verdicts, keys) }
    return verdicts
  }

  private static func check(
    _ file: SealedFile, _ key: SealingKey?, _ locks: Locks
  ) throws -> [Verdict] {
    let bytes = try PlainFile.read(file.path)
    // Most files below a folder are other manifests.
    guard file.isNamed || bytes.contains(text: "SealedSecret") else { return [] }
    let name = PlainFile.name(file.path)
    func failed(_ code: String, _ message: String, _ location: Location) -> Verdict {
      Verdict(
        file: name, location: location, document: nil, root: nil,
        findings: [
          Finding(
            code: code, severity: .error, message: message, hint: "correct the file there",
            file: name, location: location)
        ])
    }
    let start = Location(line: 1, column: 1)
    do throws(YAMLError) {
      var verdicts: [Verdict] = []
      for document in try parseStream(bytes) {
        guard let root = try document.writtenOut(), !root.isNull else { continue }
        for object in root.objects {
          let kind = object["kind"]?.scalar
          guard kind == "SealedSecret" || kind == nil && object.at("spec", "encryptedData") != nil
          else {
            guard file.isNamed else { continue }
            verdicts.append(
              failed(
                "not-a-sealed-secret",
                "is \(kind.map { "a \($0)" } ?? object.kindName), not a SealedSecret",
                object.location))
            continue
          }
          do throws(YAMLError) {
            let document = try SealedSecretDocument(
              object, index: verdicts.count, needsKind: false)
            let check = SealedSecretCheck(
              object, document, file: name, key: key, lock: locks[file.path])
            verdicts.append(
              Verdict(
                file: name, location: object.location, document: document, root: object,
                findings: check.findings()))
          } catch {
            verdicts.append(failed("structure", error.message, error.location))
          }
        }
      }
      if verdicts.isEmpty, file.isNamed {
        return [failed("not-a-sealed-secret", "holds no SealedSecret", start)]
      }
      return verdicts
    } catch {
      return [failed("structure", error.message, error.location)]
    }
  }

  private func open(_ verdicts: inout [Verdict], _ keys: PrivateKeys) throws {
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
    var progress = Progress("opened", of: jobs.count)
    for batch in jobs.batches(of: 512) {
      let results = try unseal(
        batch.map(\.job), keys: keys.keys, threads: Environment.processors)
      for (job, result) in zip(batch, results) {
        guard case .failure(let failure) = result else { continue }
        // What is not base64 or cut off has been found without a key.
        if failure == .notBase64 || failure == .truncated { continue }
        let (message, hint) = failure.explanation
        verdicts[job.verdict].findings.append(
          Finding(
            code: "cannot-be-opened", severity: .error, message: "'\(job.key)' \(message)",
            hint: hint, file: verdicts[job.verdict].file, location: job.location))
      }
      progress.advance(batch.count)
    }
    progress.end()
  }
}

/// The lock files beside the files that are checked, each read once.
struct Locks: Sendable {
  private var locks: [String: LockFile] = [:]

  /// - Throws: `CommandError` for one that cannot be read: nothing would be held against it.
  init(_ paths: [String]) throws {
    for folder in Set(paths.map(Locks.folder)).sorted() {
      let path = folder + "/moltseal.lock"
      var status = stat()
      guard stat(path, &status) == 0 || errno != ENOENT && errno != ENOTDIR else { continue }
      let bytes = try PlainFile.read(path)
      do throws(YAMLError) { locks[folder] = try LockFile(try SourceText(bytes)) } catch {
        throw CommandError(
          [
            Diagnostic(
              error.message, hint: "take it from its history", file: path, location: error.location)
          ], consequence: nil)
      }
    }
  }

  subscript(path: String) -> LockFile? { locks[Locks.folder(path)] }

  private static func folder(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}

extension Array {
  /// The elements in runs of at most `count`.
  func batches(of count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}

extension [UInt8] {
  /// Whether a text stands somewhere in these bytes.
  func contains(text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}

/// `123 of 4000 checked`, on a terminal, once the work takes longer than two seconds.
struct Progress {
  private let what: String
  private let total: Int
  private let start = Environment.now().seconds
  private var done = 0
  private var isShown = false

  init(_ what: String, of total: Int) {
    self.what = what
    self.total = total
  }

  mutating func advance(_ count: Int) {
    done += count
    guard Environment.now().seconds - start > 2 else { return }
    isShown = true
    Terminal.progress("\(done) of \(total) \(what)")
  }

  func end() {
    if isShown { Terminal.progress(nil) }
  }
}
