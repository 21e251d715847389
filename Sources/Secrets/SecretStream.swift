/// Secret manifests with their plaintexts, read without leaving a copy of one.

package import Cryptography
internal import Text
internal import Workspace
package import YAML

/// The Secrets of a file: YAML documents, JSON values, or both after one another, as kubectl reads them.
package struct SecretStream {
  package let secrets: [SecretManifest]
  /// What was read and is not sealed, for a person to know.
  package let warnings: [YAMLError]

  /// - Parameter takesLists: whether the items of a `List` are read in its place.
  /// - Parameter takesEveryKind: whether an object of another kind is read as a Secret, and warned of.
  /// - Throws: `YAMLError` for the first document that is not a Secret; nothing is dropped.
  package init(
    _ file: SecretBytes, takesLists: Bool, takesEveryKind: Bool = true
  ) throws(YAMLError) {
    let values = WithheldValues()
    let documents = try file.withBytes { (bytes) throws(YAMLError) -> [Document] in
      try parseStream(bytes, withholding: values.withholding)
    }
    var reader = SecretReader(values: values, takesEveryKind: takesEveryKind)
    var secrets: [SecretManifest] = []
    for document in documents {
      guard let root = try document.writtenOut(refusesRepeats: true), !root.isNull else { continue }
      if takesLists, root["kind"]?.scalar?.ends(with: "List") == true {
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

/// The texts that the parser handed out.
final class WithheldValues {
  private var values: [SecretBytes] = []

  /// Of a Secret everything is withheld but what says which Secret it is.
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
