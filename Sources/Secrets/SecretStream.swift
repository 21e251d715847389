/// Reads Secret manifests with their plaintexts, without leaving a copy of any.

package import Cryptography
internal import Text
internal import Workspace
package import YAML

/// The Secrets of a file with YAML documents, JSON values or both, as kubectl reads them.
package struct SecretStream {
  package let secrets: [SecretManifest]
  /// What was read but is not sealed, for a person to know.
  package let warnings: [YAMLError]

  /// What becomes of a `List`.
  package enum Lists: Sendable {
    /// It is replaced by its items.
    case unpacked
    /// It is an object like any other.
    case kept
  }

  /// Which objects are read.
  package enum Kinds: Sendable {
    /// An object of another kind is read as a Secret, with a warning, as kubeseal does.
    case every
    case secretsOnly
  }

  /// - Throws: `YAMLError` for the first document that is not a Secret; nothing is dropped.
  package init(
    _ file: SecretBytes, lists: Lists, kinds: Kinds = .every
  ) throws(YAMLError) {
    let values = WithheldValues()
    let documents = try file.withBytes { (bytes) throws(YAMLError) -> [Document] in
      try parseStream(bytes, withholding: values.withholding)
    }
    var reader = SecretReader(values: values, kinds: kinds)
    var secrets: [SecretManifest] = []
    for document in documents {
      guard let root = try document.writtenOut(repeats: .refused), !root.isNull else { continue }
      if lists == .unpacked, root["kind"]?.scalar?.ends(with: "List") == true {
        guard let items = root["items"]?.items else {
          throw YAMLError("is a list without 'items'", at: root.location)
        }
        for item in items { secrets.append(try reader.secret(item)) }
      } else {
        secrets.append(try reader.secret(root))
      }
    }
    self.secrets = secrets
    warnings = reader.warnings
  }
}

/// The texts that the parser withheld.
final class WithheldValues {
  private var values: [SecretBytes] = []

  /// Withholds everything of a Secret except what identifies it.
  var withholding: Withholding {
    Withholding(
      descend: { SecretFields.level(of: $0, below: $1) },
      take: { bytes in
        self.values.append(SecretBytes(copying: bytes))
        return self.values.count - 1
      })
  }

  subscript(index: Int) -> SecretBytes { values[index] }
}
