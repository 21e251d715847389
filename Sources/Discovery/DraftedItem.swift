/// One key of a template: what stands for its value.

internal import Text
internal import Workspace

struct DraftedItem {
  let key: String
  let text: String
  /// What a person has to decide, if anything.
  let decide: String?
}

extension DraftedCredentials {
  /// The text of one key of a template; nil if there is nothing to write.
  mutating func item(_ value: SurveyedValue, of secret: PlacedSecret) -> DraftedItem? {
    func item(_ text: String, decide: String? = nil) -> DraftedItem {
      DraftedItem(key: value.key, text: text, decide: decide)
    }
    if let name = name(of: value, in: secret) {
      noteHeld(in: value, by: name)
      let isMarked = self[name]?.isMarked == true
      return item(
        "${\(name)}", decide: isMarked ? "unknown value; see \(name) in moltseal.yml" : nil)
    }
    switch value.shape {
    case .url(let url):
      return item(text(around: url, value, secret) ?? whole(value, secret))
    case .holding(let before, let after, let held, let filter):
      let place = secret.place(of: value.key)
      if isComplete(before, after, key: value.key), let name = name(ofNumber: held),
        fits(name, filter)
      {
        addReason("\(place): part of this text, the same today", to: name)
        let placeholder = name + (filter.map { "|\($0.rawValue)" } ?? "")
        return item(Self.escaped(before) + "${\(placeholder)}" + Self.escaped(after))
      }
      return item(whole(value, secret))
    case .plain(let plain): return item(Self.escaped(plain))
    case .empty:
      // Once it has a value, an empty value that nobody uses today locks somebody out.
      return item("", decide: "empty today, and left empty")
    case .placeholder, .binary, .pem, .lines, .issued, .reference, .text: return nil
    }
  }

  /// A URL with a placeholder for its password; nil if nothing here has the password.
  private mutating func text(
    around url: SurveyedURL, _ value: SurveyedValue, _ secret: PlacedSecret
  ) -> String? {
    guard isComplete(url.before, url.after, key: value.key),
      let name = password(of: url, key: value.key, in: secret)
    else { return nil }
    return Self.escaped(url.before) + "${\(name)|uri}" + Self.escaped(url.after)
  }

  /// A placeholder for a whole text, which is supplied.
  private mutating func whole(_ value: SurveyedValue, _ secret: PlacedSecret) -> String {
    let name = supply(value, in: secret)
    noteHeld(in: value, by: name)
    return "${\(name)}"
  }

  /// Whether nothing of a text, such as its user or host, still has to be filled in.
  private func isComplete(_ before: String, _ after: String, key: String) -> Bool {
    Placeholder.find(in: before + after, key: key) == nil
  }

  /// Whether any value of a credential can be part of a text, with or without a filter.
  private func fits(_ name: String, _ filter: Filter?) -> Bool {
    filter != nil || self[name]?.isSupplied == false
  }

  private static func escaped(_ text: String) -> String {
    guard let (before, after) = text.place(of: "${") else { return text }
    return before + "$${" + escaped(after)
  }
}
