/// `moltseal generate`: prints new random values.

internal import ArgumentParser
internal import Reporting
internal import Repository
internal import SecretIO
internal import Workspace

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Print a new random value.",
    discussion: "Kinds: \(Recipe.kinds.joined(separator: ", ")).")

  @Option(help: ArgumentHelp("The kind of value.", valueName: "kind"))
  var kind: String?

  @Option(
    help: ArgumentHelp("The length in characters, for alphanumeric and password.", valueName: "n"))
  var length: Int?

  @Option(
    help: ArgumentHelp("The number of random bytes, for base64, base64url and hex.", valueName: "n")
  )
  var bytes: Int?

  @Option(help: ArgumentHelp("The symbols in a password.", valueName: "characters"))
  var symbols: String?

  @Option(help: ArgumentHelp("The size of an rsa key in bits: 2048, 3072 or 4096.", valueName: "n"))
  var bits: Int?

  @Option(help: ArgumentHelp("The curve of an ec key: P-256, P-384 or P-521.", valueName: "name"))
  var curve: String?

  @Option(
    help: ArgumentHelp(
      "Use the kind and size of this credential in moltseal.yml.", valueName: "name"))
  var credential: String?

  @Option(help: ArgumentHelp("How many values to print, one per line.", valueName: "n"))
  var count = 1

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if credential != nil,
      kind != nil || length != nil || bytes != nil || symbols != nil || bits != nil || curve != nil
    {
      throw ValidationError("--credential takes the kind and size from moltseal.yml")
    }
    if credential == nil, kind == nil { throw ValidationError("pass --kind or --credential") }
    if count < 1 { throw ValidationError("--count must be at least 1") }
  }

  func run() throws {
    try global.enter()
    try GeneratedOutput.write(try recipe(), count: count)
  }

  private func recipe() throws -> Recipe {
    if let credential {
      let workspace = try LoadedWorkspace.find().file
      guard case .generated(let recipe)? = workspace.group(credential)?.source else {
        throw CommandError(
          "'\(credential)' is not a generated credential of the workspace",
          hint:
            "the workspace has: \(workspace.groups.filter { !$0.isSupplied }.map(\.name).joined(separator: ", "))",
          consequence: nil)
      }
      return recipe
    }
    do {
      let recipe = try Recipe(
        kind: kind ?? "",
        RecipeFields(length: length, bytes: bytes, symbols: symbols, bits: bits, curve: curve))
      guard recipe.entropy >= Recipe.entropyFloor else { throw CommandError.weak(recipe) }
      return recipe
    } catch let error as RecipeFault {
      throw CommandError(
        error.message, hint: "run moltseal help generate", consequence: nil, status: 64)
    }
  }
}

extension CommandError {
  fileprivate static func weak(_ recipe: Recipe) -> CommandError {
    CommandError(
      "the value would have \(Int(recipe.entropy)) bits of entropy, below the minimum of \(Int(Recipe.entropyFloor))",
      hint: "make it longer", consequence: nil)
  }
}
