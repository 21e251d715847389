/// Checks what the controller seals again, for `re-encrypt` and kubeseal's --re-encrypt.

internal import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Planning
internal import Processes
internal import Reporting
internal import SecretIO
internal import Text
internal import YAML

extension Controller {
  /// Returns new ciphertexts of every item of a SealedSecret, for the controller's newest key.
  ///
  /// - Parameter key: the newest key, if known; every ciphertext must fit it.
  /// - Throws: `CommandError` for anything that an honest controller would not answer.
  func renewed(
    _ source: SealedSource, _ service: Service, _ pace: inout Pace, for key: RSAPublicKey? = nil
  ) throws -> [(key: String, value: SealedValue)] {
    let body = source.document.requestBody(source.root)
    guard let answered = try pace.ask({ try rotate(body, service) }) else {
      throw CommandError(
        "the controller has no key that opens every item of '\(source.document.place)'",
        hint: "run moltseal unseal with a backed-up key to see which item, and why",
        file: PlainFile.name(source.file), location: source.document.location)
    }
    try checkKeys(of: answered, source)
    return try source.document.items.map { item in
      guard let text = answered[Name(item.key)], let value = SealedValue(base64: text),
        Controller.isRenewal(text, of: item.base64, for: key)
      else {
        throw CommandError(
          "the controller's answer has no matching ciphertext for '\(item.key)' of '\(source.document.place)'",
          hint: "check the controller; nothing of its answer was used",
          file: PlainFile.name(source.file),
          location: item.location)
      }
      return (item.key, value)
    }
  }

  /// Whether two ciphertexts can have the same value: both are complete, their lengths without the
  /// session key are equal, and the session key is new.
  private static func isRenewal(
    _ new: String, of old: String, for key: RSAPublicKey?
  ) -> Bool {
    guard let new = try? SealedFormat(base64: new), let old = try? SealedFormat(base64: old)
    else { return false }
    let fits = key.map { new.fits(modulus: $0.modulus) } ?? (new.sessionKey.count >= 256)
    return fits && new.plaintextLength == old.plaintextLength
      && !new.sessionKey.elementsEqual(old.sessionKey)
  }

  /// Refuses an answer with extra keys, except those that the controller renders from
  /// `spec.template.data`.
  private func checkKeys(
    of answer: [Name: String], _ source: SealedSource
  ) throws {
    let own = source.document.items.map(\.key)
    let rendered = (source.root.at("spec", "template", "data")?.entries ?? []).compactMap(
      \.key.scalar)
    let known = Set((own + rendered).map { Name($0) })
    guard let other = answer.keys.first(where: { !known.contains($0) })?.text else { return }
    throw CommandError(
      "the controller's answer has an item '\(other)' that '\(source.document.place)' does not have",
      hint: "check the controller; nothing of its answer was used",
      file: PlainFile.name(source.file),
      location: source.document.location)
  }
}

/// Limits the request rate: the controller answers two a second, after a burst of two (h003).
struct Pace {
  /// Milliseconds between two requests.
  private static let gap: UInt32 = 600
  private static let attempts = 10
  private var isFirst = true

  /// Sends a request after a pause, and again while the controller is busy.
  mutating func ask<Answer>(_ request: () throws -> Answer) throws -> Answer {
    for _ in 0..<Pace.attempts {
      if !isFirst { Pause.milliseconds(Pace.gap) }
      isFirst = false
      do {
        return try request()
      } catch is Controller.Busy { Pause.milliseconds(1000) }
    }
    throw CommandError(
      "the controller still rejects requests as too frequent", hint: "try again in a minute")
  }
}
