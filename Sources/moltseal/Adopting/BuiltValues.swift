/// The values of the Secrets that are built and will be sealed, taken over as a builder prints them.

internal import Cryptography
internal import Preflight
internal import Secrets
internal import YAML

struct BuiltValues {
  private(set) var values = AdoptedValues()

  /// Takes over a Secret, if a sealed one comes in its place.
  ///
  /// - Parameter index: of the context that builds it.
  mutating func take(
    _ index: Int, _ object: BuiltObject, _ text: SecretBytes, of contexts: [KustomizationContext]
  ) throws {
    guard let adoptable = Adoptable(object, of: contexts[index]) else { return }
    do throws(YAMLError) {
      let secrets = try SecretStream(text, takesLists: false).secrets
      values.add(LiveSecrets.values(of: secrets, [adoptable.wanted]))
    } catch {
      throw CommandError(
        "\(object.identity.words) is built and \(error.message)", hint: "mend its source",
        file: contexts[index].path)
    }
  }
}
