/// Texts that contain the value of another key: JDBC, connection strings, `.pgpass`, JSON.

internal import Cryptography
internal import Text
internal import Workspace
internal import YAML

extension SecretSurvey {
  /// A value that is contained in another one.
  struct Held {
    let secret: SecretBytes
    /// Its first occurrence.
    let range: Range<Int>
    /// The filter that was applied to it; nil if there was none.
    let filter: Filter?
  }

  /// The largest text that is searched.
  private static let limit = 64 << 10

  /// The secret values of other keys that a value contains, unchanged or filtered.
  func held(in item: SecretManifest.Item) -> [Held] {
    guard (7...Self.limit).contains(item.value.count) else { return [] }
    return secrets.compactMap { secret -> Held? in
      guard secret.count < item.value.count else { return nil }
      for filter in [nil] + ValueContext.filters {
        guard let form = filter.map({ try? $0.apply(secret) }) ?? secret else { continue }
        let places = item.value.withBytes { bytes -> [Int] in
          form.withBytes { self.places(of: $0, in: bytes) }
        }
        if places.isEmpty { continue }
        let start = places[0]
        return Held(
          secret: secret, range: start..<start + form.count,
          filter: places.count == 1 ? filter : nil)
      }
      return nil
    }
  }

  /// `SECRET/KEY` of a value that a text of another object contains; nil if it contains none.
  package func copy(in text: String) -> String? {
    var text = text
    return text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      // A short value can be a word by chance.
      return zip(secrets, names).first { secret, _ in
        secret.count >= 8 && secret.count <= bytes.count
          && secret.withBytes { !places(of: $0, in: bytes).isEmpty }
      }?.1
    }
  }

  /// The places where a text occurs in another one as a whole word.
  private func places(
    of form: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer
  ) -> [Int] {
    guard form.count > 0, bytes.count >= form.count else { return [] }
    return (0...bytes.count - form.count).filter { start in
      let end = start + form.count
      return bytes[start] == form[0] && bytes[start..<end].elementsEqual(form)
        && (start == 0 || !Self.isWord(bytes[start - 1]))
        && (end == bytes.count || !Self.isWord(bytes[end]))
    }
  }

  /// Whether a text of this shape can be written around a placeholder.
  static func canHold(_ shape: ValueShape) -> Bool {
    switch shape {
    case .text, .issued: true
    case .empty, .placeholder, .plain, .url, .holding, .binary, .pem, .lines, .reference: false
    }
  }

  /// The text around a value that it contains; nil if the rest may contain a secret, or if no
  /// filter produces this form of the value.
  func holding(_ item: SecretManifest.Item, _ held: Held, _ number: Int) -> ValueShape? {
    item.value.withBytes { bytes in
      guard bytes.count <= 4096, isText(bytes), !bytes.dropLast().contains(10) else { return nil }
      let head = UnsafeRawBufferPointer(rebasing: bytes[..<held.range.lowerBound])
      let tail = UnsafeRawBufferPointer(rebasing: bytes[held.range.upperBound...])
      guard isSetting(head), isSetting(tail),
        places(ofForm: held, in: bytes) == 1
      else { return nil }
      let before = String(decoding: head, as: UTF8.self)
      let after = String(decoding: tail, as: UTF8.self)
      guard let filter = filter(held, before, after, item.key) else { return nil }
      return .holding(before: before, after: after, value: number, filter: filter.filter)
    }
  }

  private func places(ofForm held: Held, in bytes: UnsafeRawBufferPointer) -> Int {
    let form = UnsafeRawBufferPointer(rebasing: bytes[held.range])
    return places(of: form, in: bytes).count
  }

  /// The filter that the place requires, if it produces this form of the value.
  private func filter(
    _ held: Held, _ before: String, _ after: String, _ key: String
  ) -> (filter: Filter?, Void)? {
    let parts: [Expression.Part] = [.literal(before), .value("x", []), .literal(after)]
    guard let wanted = ValueContext(parts, at: 1, key: key)?.filter else {
      // If the grammar of a text is unknown, the rest of it may be a secret.
      let isKnown = before.holds("://") || ["Bearer ", "Token ", "token "].includes(before)
      return held.filter == nil && isKnown ? (nil, ()) : nil
    }
    // It must be filtered like this, or contain nothing that the filter changes.
    let isSame =
      wanted == held.filter
      || held.filter == nil && ((try? wanted.apply(held.secret))?.count ?? -1) == held.secret.count
    return isSame ? (wanted, ()) : nil
  }

  /// Whether the text before or after a value contains nothing that may be a secret.
  private func isSetting(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !secrets.contains(where: { $0.withBytes { bytes.holds($0) } }) else { return false }
    return PairText.isSetting(bytes)
  }
}
