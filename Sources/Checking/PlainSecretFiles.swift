/// Secrets in files with their values in plain text.

internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Rules
internal import SecretIO
internal import Secrets
internal import Text
internal import Workspace
internal import YAML

enum PlainSecretFiles {
  /// A warning for each Secret with a value, unless its annotation says why it may be public.
  static func findings(_ files: [SealedFile]) throws -> [Finding] {
    try files.flatMap { file throws -> [Finding] in
      guard file.path != "-" else { return [] }
      let bytes = try PlainFile.readSecret(file.path)
      let speaks = bytes.withBytes { bytes in
        ["kind: Secret", "\"Secret\"", "kind: \"Secret\""].contains { bytes.holds($0) }
      }
      // A file that cannot be read as Secrets has other findings, or does not matter here.
      guard speaks, let objects = try? PlainSecretReader.secrets(in: bytes) else { return [] }
      return objects.compactMap { finding($0, file.path) }
    }
  }

  private static func finding(_ secret: SecretManifest, _ file: String) -> Finding? {
    let reason = secret.metadata.annotations[Name(PlainSecrets.allow)] ?? ""
    var survey = SecretSurvey()
    survey.note(secret)
    let hasValue = survey.look(at: secret).values.contains { value in
      switch value.shape {
      case .empty, .placeholder, .plain, .reference: false
      case .url, .holding, .binary, .pem, .lines, .issued, .text: true
      }
    }
    // A text with ${…} or {{ … }} in it is a template, and the rest of it is settings.
    let isTemplate = secret.items.contains { item in
      item.value.withBytes {
        $0.holds("${") && $0.holds("}") || $0.holds("{{") && $0.holds("}}")
      }
    }
    guard reason.isEmpty, hasValue, !isTemplate else { return nil }
    return Finding(
      code: "plain-secret", severity: .warning,
      message: "the Secret '\(secret.metadata.name)' is here with its values in plain text",
      hint:
        "seal it, or annotate it with \(PlainSecrets.allow): REASON to say why its values may be public",
      file: file.without(prefix: "./") ?? file, location: secret.location)
  }
}
