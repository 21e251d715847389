/// Private keys from files that the user named: PEM, or a backup of the controller's keys.

package import Cryptography
internal import Reporting
internal import Secrets
internal import Unsealing
internal import YAML

/// The private keys, and the file of each.
package struct PrivateKeys {
  /// The keys, each once, in the order of the files.
  package private(set) var keys: [RSAPrivateKey] = []
  private(set) var files: [String] = []

  /// What becomes of a file without an RSA key, such as a certificate beside the keys.
  package enum Keyless {
    case refused
    /// It is skipped with a warning, as kubeseal does.
    case skipped
  }

  /// Reads the keys of some files, each once; asks for the passphrase of an encrypted one.
  ///
  /// - Throws: `CommandError` for a file that cannot be read.
  package init(_ paths: [String], keyless: Keyless = .refused) throws {
    MemoryProtection.warn()
    for path in paths {
      for key in try PrivateKeys.read(path, keyless: keyless)
      where !keys.contains(where: { $0.fingerprint == key.fingerprint }) {
        keys.append(key)
        files.append(path)
      }
    }
  }

  /// Returns a key's fingerprint and file, for messages.
  package func description(_ index: Int) -> String {
    "\(keys[index].fingerprint) (\(files[index]))"
  }

  private static func read(_ path: String, keyless: Keyless) throws -> [RSAPrivateKey] {
    let file = try PlainFile.readSecret(path)
    let isPEM = file.withBytes { !PEMBlock.find(in: $0).isEmpty }
    do throws(any Error) {
      return try isPEM ? keys(in: file, path) : keysOfBackup(file, path)
    } catch let error as PrivateKeyFile.ReadError {
      let (message, line) = explain(error)
      if keyless == .skipped, error.isNoKey {
        Notices.warn("\(path): \(message); it is skipped")
        return []
      }
      throw CommandError(
        message, hint: hint(error), file: path,
        location: line.map { Location(line: $0, column: 1) },
        consequence: nil)
    } catch let error as YAMLError {
      if keyless == .skipped {
        Notices.warn("\(path): contains no private key; it is skipped")
        return []
      }
      throw CommandError(
        [Diagnostic(error.message, hint: backup, file: path, location: error.location)],
        consequence: nil)
    }
  }

  private static func keys(in pem: SecretBytes, _ path: String) throws -> [RSAPrivateKey] {
    try PrivateKeyFile.keys(in: pem) { try Prompt.secret("passphrase of \(path)") }
  }

  /// Splits a backup to which others were appended (`>>`) without a `---` line between them.
  private static func objects(in file: SecretBytes) -> [SecretBytes] {
    file.withBytes { bytes in
      var starts: [Int] = [0]
      var hasVersion = false
      var start = 0
      while start < bytes.count {
        let line = bytes[start...].prefix { $0 != 10 }
        if line.starts(with: "---".utf8) { hasVersion = false }
        // A JSON object begins in the first column; everything inside it is indented.
        if line.starts(with: "apiVersion:".utf8) || line.starts(with: "{".utf8) {
          if hasVersion { starts.append(start) }
          hasVersion = true
        }
        start += line.count + 1
      }
      return zip(starts, starts.dropFirst() + [bytes.count]).map { start, end in
        SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
    }
  }

  /// Returns the `tls.key` of every Secret.
  private static func keysOfBackup(_ file: SecretBytes, _ path: String) throws -> [RSAPrivateKey] {
    let items = try objects(in: file).flatMap {
      try SecretStream($0, lists: .unpacked).secrets.flatMap(\.items)
    }
    let keys = try items.filter { $0.key == "tls.key" }.flatMap {
      try PrivateKeys.keys(in: $0.value, path)
    }
    guard !keys.isEmpty else { throw PrivateKeyFile.ReadError.noKey }
    return keys
  }

  private static func explain(_ error: PrivateKeyFile.ReadError) -> (String, Int?) {
    switch error {
    case .noKey: ("contains no private key", nil)
    case .notPrivate(let found): ("contains a \(found), not a private key", nil)
    case .encrypted(let line):
      ("is encrypted, and there is no terminal to ask for the passphrase", line)
    case .wrongPassphrase(let line): ("cannot be decrypted with that passphrase", line)
    case .notRSA(let type, let line): ("is a key of type \(type), not RSA", line)
    case .unreadable(let line): ("is not a readable private key", line)
    }
  }

  private static let backup =
    "make a backup with: kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml"

  private static func hint(_ error: PrivateKeyFile.ReadError) -> String {
    switch error {
    case .encrypted: "run the command in a terminal, or decrypt the key: openssl pkey -in FILE"
    case .wrongPassphrase: "try again"
    default: backup
    }
  }
}

extension PrivateKeyFile.ReadError {
  /// Whether the file contains nothing that could be meant as a key of the controller.
  fileprivate var isNoKey: Bool {
    switch self {
    case .noKey, .notPrivate, .notRSA: true
    case .encrypted, .wrongPassphrase, .unreadable: false
    }
  }
}
