/// `moltseal reseal`: the same values for another key, or another place.

internal import ArgumentParser
internal import Manifests
internal import Transactions
internal import YAML

struct ResealCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "reseal",
    abstract: "Seal files anew for another certificate, without a cluster.",
    discussion: """
      Opens every item with the old keys, seals it for the new certificate, and puts it in by \
      byte range: all files or none. Items that the lock file says are sealed for that \
      certificate already are left alone. The values are the same: this rotates nothing.
      """)

  @Option(
    name: .customLong("private-key"),
    help: ArgumentHelp(
      "A private key of the old controller; may be given again.", valueName: "file"))
  var privateKeys: [String]

  @Option(help: ArgumentHelp("The certificate to seal for.", valueName: "file"))
  var certificate: String

  @Option(
    name: .customLong("to-namespace"),
    help: ArgumentHelp("Move the one SealedSecret to this namespace.", valueName: "name"))
  var namespace: String?

  @Option(
    name: .customLong("to-name"),
    help: ArgumentHelp("Give the one SealedSecret this name.", valueName: "name"))
  var name: String?

  @Flag(name: .customLong("dry-run"), help: "Say what would be done; write nothing.")
  var isDryRun = false

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "path"))
  var paths: [String]

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if paths.contains("-") { throw ValidationError("reseal changes files; - is none") }
  }

  func run() throws {
    try global.enter()
    let certificate = try SealingCertificate(file: certificate)
    let keys = try PrivateKeys(privateKeys)
    let files = try SealedFile.find(paths)
    let place = try ResealPlace(files.map(\.path))
    let reseal = Reseal(certificate: certificate, keys: keys, namespace: namespace, name: name)
    if isDryRun {
      try Interruption.refuse(place.committer)
      let result = try reseal.run(files, in: place)
      return Terminal.message("would reseal \(result.summary); nothing was written")
    }
    let lock = try place.lock()
    if try Interruption.settle(place.committer) { return }
    let result = try reseal.run(files, in: place)
    try Interruption.commit(result.changes, with: place.committer)
    _ = consume lock
    Terminal.message("resealed \(result.summary)")
    if result.untouched > 0 {
      Terminal.message("\(result.untouched) were sealed for this certificate already")
    }
  }
}
