/// `unseal`, from either command line.

internal import Cryptography
package import Kubernetes
package import Reporting
internal import SecretIO
internal import YAML

package struct UnsealRequest {
  /// The files of the private keys.
  var keys: [String]
  /// The files of the SealedSecrets; `-` is standard input.
  var files: [String]
  /// Whether to refuse what Kubernetes would not decode, and to skip key files without a key.
  var isKubeseal = false
  /// The version of the controller whose result to reproduce.
  var version = ControllerVersion.current

  /// Whether to leave out what no key opens, and to report it at the end.
  var keepsGoing = false

  package init(
    keys: [String], files: [String], isKubeseal: Bool = false,
    version: ControllerVersion = ControllerVersion.current, keepsGoing: Bool = false
  ) {
    self.keys = keys
    self.files = files
    self.isKubeseal = isKubeseal
    self.version = version
    self.keepsGoing = keepsGoing
  }

  private static let nothingPrinted = "nothing was printed"

  /// Opens every item of every document.
  ///
  /// - Throws: `CommandError` with a reason for each item that no key opens.
  package func run() throws -> [OpenedSecret] { try open().secrets }

  /// Opens the items, and returns why some were left out.
  package func open() throws -> (secrets: [OpenedSecret], leftOut: [Diagnostic]) {
    let keys = try PrivateKeys(keys, passesBy: isKubeseal)
    var sources: [SealedSource] = []
    var unread: [Diagnostic] = []
    for file in files {
      do { sources += try UnsealRequest.read(file, takesLists: !isKubeseal) } catch let error
        as CommandError where keepsGoing
      {
        unread += error.diagnostics
      }
    }
    if sources.isEmpty, !unread.isEmpty {
      throw CommandError(unread, consequence: Self.nothingPrinted)
    }
    if isKubeseal { for source in sources { try source.checkForm(isUnnamed: true) } }
    do throws(any Error) {
      let operation = UnsealOperation(
        keys: keys.keys, threads: Surroundings.processors, version: version)
      let opened = try operation.open(sources, unopened: keepsGoing ? .leftOut : .refused)
      for (source, opened) in zip(sources, opened) {
        for (item, key) in opened.keys where keys.keys.count > 1 {
          Notices.say(
            "\(source.document.place): \(item): opened by \(keys.description(key))")
        }
      }
      for (source, opened) in zip(sources, opened) {
        for warning in opened.warnings {
          Notices.warn(
            Diagnostic(
              warning.message, hint: nil, file: PlainFile.name(source.file),
              location: warning.location
            ).text)
        }
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

  /// Reads the SealedSecrets of a file, including those in lists.
  static func read(_ file: String, takesLists: Bool = true) throws -> [SealedSource] {
    try parse(try PlainFile.read(file), file: file, takesLists: takesLists)
  }

  static func parse(
    _ bytes: [UInt8], file: String, takesLists: Bool = true
  ) throws -> [SealedSource] {
    let supply = NamespaceSupply()
    do throws(OperationFault) {
      return try SealedSource.read(bytes, file: file, lists: takesLists ? .asItems : .asObject) {
        supply.namespace(of: file)
      }
    } catch { throw CommandError(error, input: file, consequence: nothingPrinted) }
  }
}
