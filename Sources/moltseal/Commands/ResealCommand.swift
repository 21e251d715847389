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

  @Flag(help: AllowDirty.help)
  var allowDirty = false

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "path"))
  var paths: [String]

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if paths.contains("-") { throw ValidationError("reseal changes files; - is none") }
  }

  func run() throws {
    try global.enter()
    let certificate = try SealingCertificate(sealingFor: certificate)
    let keys = try PrivateKeys(privateKeys)
    let files = try SealedFile.find(paths)
    let targets = try TargetFiles(files.map(\.path))
    let reseal = Reseal(certificate: certificate, keys: keys, namespace: namespace, name: name)
    if isDryRun {
      try Interruption.refuse(targets.place)
      let result = try reseal.run(files, in: targets)
      return Terminal.message("would reseal \(result.summary); nothing was written")
    }
    let locks = try targets.place.lock()
    try Interruption.settle(targets.place)
    let result = try reseal.run(files, in: targets)
    if !allowDirty { try targets.checkCommitted(result.changes) }
    try Interruption.commit(result.changes, in: targets.folder, of: targets.place)
    withExtendedLifetime(locks) {}
    Terminal.message("resealed \(result.summary)")
    if result.untouched > 0 {
      Terminal.message("\(result.untouched) were sealed for this certificate already")
    }
  }
}
