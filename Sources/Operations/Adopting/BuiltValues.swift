/// The values of the built Secrets that will be sealed, taken from the builder's output.

internal import Cryptography
internal import Rules
internal import Reporting
internal import Secrets
internal import YAML

struct BuiltValues {
  private(set) var values = AdoptedValues()

  /// Takes the values of a Secret that a sealed one will replace.
  ///
  /// - Parameter index: the index of the context that builds it.
  mutating func take(
    _ index: Int, _ object: BuiltObject, _ text: SecretBytes, of contexts: [KustomizationContext]
  ) throws {
    guard let adoptable = Adoptable(object, of: contexts[index]) else { return }
    do throws(YAMLError) {
      let secrets = try SecretStream(text, lists: .kept).secrets
      values.add(LiveSecrets.values(of: secrets, [adoptable.wanted]))
    } catch {
      throw CommandError(
        "the built \(object.identity.words) cannot be read: \(error.message)",
        hint: "fix its source",
        file: contexts[index].path)
    }
  }
}
