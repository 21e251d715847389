/// `unseal`, from either command line.

package import Kubernetes
package import Reporting
internal import SecretIO
internal import Secrets
internal import YAML

/// Opens the SealedSecrets of files.
package struct UnsealRequest {
  private let keys: [String]
  private let files: [String]
  private let style: SealingStyle
  private let version: ControllerVersion
  private let unopened: Unopened

  /// - Parameters:
  ///   - keys: the files of the private keys.
  ///   - files: the files of the SealedSecrets; `-` is standard input.
  ///   - style: kubeseal refuses what Kubernetes would not decode, and skips key files without a
  ///     key.
  ///   - version: the version of the controller whose result to reproduce.
  package init(
    keys: [String], files: [String], style: SealingStyle = .moltseal,
    version: ControllerVersion = ControllerVersion.current, unopened: Unopened = .refused
  ) {
    self.keys = keys
    self.files = files
    self.style = style
    self.version = version
    self.unopened = unopened
  }

  private static let nothingPrinted = "nothing was printed"

  /// Opens the items, and returns why some were left out.
  ///
  /// - Throws: `CommandError` with a reason for each item that no key opens, if these are refused.
  package func open() throws -> (secrets: [OpenedSecret], leftOut: [Diagnostic]) {
    let keys = try PrivateKeys(keys, keyless: style == .kubeseal ? .skipped : .refused)
    let (sources, unread) = try read()
    if style == .kubeseal {
      for source in sources { try source.checkForm(typeFields: .optional) }
    }
    do throws(any Error) {
      let operation = UnsealOperation(
        keys: keys.keys, threads: Surroundings.processors, version: version)
      let opened = try operation.open(sources, unopened: unopened)
      for (source, opened) in zip(sources, opened) where keys.keys.count > 1 {
        for (item, key) in opened.keys {
          Notices.say(
            "\(source.document.place): \(item): opened by \(keys.description(key))")
        }
      }
      for (source, opened) in zip(sources, opened) {
        for warning in opened.warnings { Self.warn(warning.message, source, warning.location) }
      }
      return (
        opened.map(\.secret),
        unread + opened.flatMap(\.faults).map { $0.diagnostic(input: "-") }
      )
    } catch let faults as OperationFaults {
      throw CommandError(faults, input: "-", consequence: Self.nothingPrinted)
    } catch let fault as OperationFault {
      throw CommandError(fault, input: "-", consequence: Self.nothingPrinted)
    }
  }

  /// Reads the files, and returns why some were left out.
  private func read() throws -> (sources: [SealedSource], unread: [Diagnostic]) {
    var sources: [SealedSource] = []
    var unread: [Diagnostic] = []
    for file in files {
      do {
        sources += try UnsealRequest.read(file, lists: style == .kubeseal ? .kept : .unpacked)
      } catch let error as CommandError where unopened == .leftOut {
        unread += error.diagnostics
      }
    }
    if sources.isEmpty, !unread.isEmpty {
      throw CommandError(unread, consequence: Self.nothingPrinted)
    }
    return (sources, unread)
  }

  private static func warn(_ message: String, _ source: SealedSource, _ location: Location) {
    Notices.warn(
      Diagnostic(message, hint: nil, file: PlainFile.name(source.file), location: location).text)
  }

  /// Reads the SealedSecrets of a file, including those in lists.
  static func read(
    _ file: String, lists: SecretStream.Lists = .unpacked
  ) throws -> [SealedSource] {
    try parse(try PlainFile.read(file), file: file, lists: lists)
  }

  /// Reads the SealedSecrets of a text.
  ///
  /// - Parameter file: the file that it is of, for messages and for its namespace.
  static func parse(
    _ bytes: [UInt8], file: String, lists: SecretStream.Lists = .unpacked
  ) throws -> [SealedSource] {
    let supply = NamespaceSupply()
    do throws(OperationFault) {
      return try SealedSource.read(bytes, file: file, lists: lists) {
        supply.namespace(of: file)
      }
    } catch { throw CommandError(error, input: file, consequence: nothingPrinted) }
  }
}
