/// Finds the Secrets among the objects of a file.

package import Cryptography
internal import Text
internal import YAML

package enum PlainSecretReader {
  /// The Secrets in a file of any objects; an object that cannot be read as a Secret is left out.
  ///
  /// - Throws: `YAMLError` for a file that cannot be read at all.
  package static func secrets(in file: SecretBytes) throws -> [SecretManifest] {
    let values = WithheldValues()
    let documents = try file.withBytes { (bytes) throws(YAMLError) -> [Document] in
      try parseStream(bytes, withholding: values.withholding)
    }
    var found: [SecretManifest] = []
    for document in documents {
      guard let root = try document.writtenOut(), !root.isNull else { continue }
      let isList = root["kind"]?.scalar?.ends(with: "List") == true
      for object in isList ? root["items"]?.items ?? [] : [root]
      where object["kind"]?.scalar == "Secret" && object["apiVersion"]?.scalar == "v1" {
        var reader = SecretReader(values: values)
        if let secret = try? reader.secret(object) { found.append(secret) }
      }
    }
    return found
  }
}
