/// Opened Secrets on standard output: all of them, or none.

internal import Cryptography
internal import Manifests
internal import Reporting
internal import SecretIO
internal import Text

/// The output formats of opened Secrets.
package enum OpenedFormat: String, CaseIterable, Sendable {
  case yaml, json, dotenv
  case envFile = "env-file"
}

/// Opened Secrets that are to be printed.
package struct OpenedOutput {
  private let secrets: [OpenedSecret]

  /// - Parameter secrets: with their plaintexts.
  package init(_ secrets: [OpenedSecret]) { self.secrets = secrets }

  /// Prints the Secrets.
  ///
  /// - Parameter key: prints only the value of this key, if not nil.
  /// - Throws: `CommandError` for what the format cannot hold, before anything is printed.
  package func write(_ format: OpenedFormat, key: String?) throws {
    if let key { return try writeValue(of: key) }
    switch format {
    case .yaml: for secret in secrets { secret.write(.yaml) }
    case .json: for secret in secrets { secret.write(.json) }
    case .dotenv:
      try check(name: { Dotenv.isName($0) }) { _, value in Dotenv.faultOfQuoted(value) }
      for secret in secrets { secret.writeDotenv() }
    case .envFile:
      try check(name: { Dotenv.isNameOfKubectl($0) }) { key, value in
        Dotenv.faultOfBare(value)
          ?? (key.utf8.count + 1 + value.count > Dotenv.longestLine
            ? "is longer than the 64 KiB that kubectl reads per line" : nil)
      }
      for secret in secrets { secret.writeEnvFile() }
    }
  }

  private func writeValue(of key: String) throws {
    let values = secrets.flatMap { $0.data.filter { $0.key === key } }
    guard values.count == 1 else {
      let keys = secrets.flatMap(\.data).map(\.key)
      throw CommandError(
        values.isEmpty
          ? "no item has the key '\(key)'" : "\(values.count) items have the key '\(key)'",
        hint: values.isEmpty
          ? "the keys are: \(keys.joined(separator: ", "))" : "name one file with one SealedSecret",
        consequence: "nothing was printed")
    }
    for (_, value) in values { StandardOutput.write(secret: value) }
  }

  /// Refuses what an env file cannot contain, before any line is printed.
  private func check(
    name: (String) -> Bool, fault: (_ key: String, _ value: SecretBytes) -> String?
  ) throws {
    var seen: Set<String> = []
    for (key, value) in secrets.flatMap(\.data) {
      let fault =
        !name(key)
        ? "is not a variable name"
        : fault(key, value) ?? (seen.insert(key).inserted ? nil : "is listed twice")
      if let fault {
        throw CommandError(
          "'\(key)' \(fault), so an env file cannot contain it",
          hint: "use -o yaml or \(CLI.key)", consequence: "nothing was printed")
      }
    }
  }
}
