/// `moltseal reseal`: seals the same values for another key, name or namespace.

internal import ArgumentParser
internal import ClusterAccess
internal import Manifests
internal import Operations
internal import Reporting
internal import Repository
internal import SecretIO

struct ResealCommand: ParsableCommand, ChangesFiles {
  static let configuration = CommandConfiguration(
    commandName: "reseal",
    abstract: "Seal files again for another certificate, without a cluster.",
    discussion: """
      Opens every item with the old keys, seals it for the new certificate, and replaces only its \
      bytes in the file: all files or none. Items that are already sealed for that certificate, \
      according to the lock file or one of the keys, are left alone. The values stay the same; \
      this rotates nothing.
      """)

  @Option(
    name: .customLong("private-key"),
    help: ArgumentHelp(
      "A private key of the old controller; may be repeated.", valueName: "file"))
  var privateKeys: [String]

  @Option(
    name: [.customLong("certificate"), .customLong("cert")],
    help: ArgumentHelp("The certificate to seal for.", valueName: "file"))
  var certificate: String

  @Option(
    name: .customLong("to-namespace"),
    help: ArgumentHelp("Move the one SealedSecret to this namespace.", valueName: "name"))
  var namespace: String?

  @Option(
    name: .customLong("to-name"),
    help: ArgumentHelp("Give the one SealedSecret this name.", valueName: "name"))
  var name: String?

  @Flag(name: .customLong("dry-run"), help: "Show what would be done; write nothing.")
  var isDryRun = false

  @Flag(
    name: .customLong("keep-going"),
    help: "Leave what cannot be opened unchanged, and list it; the exit status is then 4.")
  var keepsGoing = false

  @Flag(help: AllowDirty.help)
  var allowDirty = false

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "path"))
  var paths: [String]

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if paths.contains("-") { throw ValidationError("reseal changes files, and - is not a file") }
  }

  func run() throws {
    try global.enter()
    let certificate = try SealingCertificate(sealingFor: certificate)
    let request = ResealRequest(
      keys: try PrivateKeys(privateKeys), namespace: namespace, name: name,
      unopened: keepsGoing ? .leftOut : .refused,
      input: paths.joined(separator: ", "))
    let files = try SealedFile.find(paths)
    let targets = try TargetFiles(files.map(\.path))
    if isDryRun {
      try Interruption.refuse(targets.place)
      let outcome = try request.run(files, in: targets, for: certificate)
      Notices.say("would reseal \(outcome.summary); nothing was written")
      if outcome.untouched > 0 {
        Notices.say("\(outcome.untouched) are already sealed for this certificate")
      }
      return try report(outcome, "nothing was written")
    }
    let locks = try targets.place.lock()
    try Interruption.settle(targets.place)
    let outcome = try request.run(files, in: targets, for: certificate)
    if !allowDirty { try targets.checkCommitted(outcome.changes) }
    try Interruption.commit(outcome.changes, in: targets.folder, of: targets.place)
    withExtendedLifetime(locks) {}
    Notices.say("resealed \(outcome.summary)")
    if outcome.items > 0, namespace == nil, name == nil {
      Notices.say(
        "next: replace the environment's certificate with \(self.certificate), and pin it with moltseal cert pin; until then, rotate refuses what is sealed for it"
      )
    }
    if outcome.untouched > 0 {
      Notices.say("\(outcome.untouched) were already sealed for this certificate")
    }
    try report(outcome, "everything else was resealed")
  }

  private func report(_ outcome: ResealOperation.Outcome, _ rest: String) throws {
    guard !outcome.leftOut.isEmpty else { return }
    throw CommandError(
      outcome.leftOut.map { $0.diagnostic(input: paths.joined(separator: ", ")) },
      consequence: "\(outcome.leftOut.count) left unchanged; \(rest)", status: 4)
  }
}

extension ResealOperation.Outcome {
  fileprivate var summary: String {
    "\(items) \(items == 1 ? "item" : "items") in \(files) \(files == 1 ? "file" : "files")"
  }
}
