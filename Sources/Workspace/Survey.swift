/// What is known about an existing Secret, without any of its secret values.

internal import Text

/// What a value is made of, as far as it may be known.
package enum ValueShape: Sendable, Equatable {
  case empty
  /// Still to be replaced by a value.
  case placeholder
  /// A name, a number or a switch: shown because its key says that it is not a secret.
  case plain(String)
  /// A URL with a password in its userinfo.
  case url(SurveyedURL)
  /// A text that contains the value of another key: the text before and after it, which of the
  /// surveyed values it is, and the filter that was applied; nil if there was none.
  case holding(before: String, after: String, value: Int, filter: Filter?)
  /// Bytes that are not text.
  case binary
  /// A key or a certificate.
  case pem
  /// More than one line: a file.
  case lines
  /// Made somewhere else, as its form shows; the text says why that is known.
  case issued(String)
  /// A reference that another tool resolves: SOPS, a vault.
  case reference
  /// One line.
  case text(length: Int, TextAlphabet)
}

/// The characters of a text.
package enum TextAlphabet: Sendable {
  /// An even number of lower-case hex digits, sixteen or more.
  case hex
  case any
}

/// A URL with a password in its userinfo, without the password.
package struct SurveyedURL: Sendable, Equatable {
  /// The text before and after the password.
  package let before: String
  package let after: String
  package let user: String
  package let password: Password

  /// Which of the surveyed passwords it is.
  package enum Password: Sendable, Equatable {
    case value(Int)
    /// Still to be replaced by a value.
    case placeholder(Int)
  }

  package init(before: String, user: String, after: String, password: Password) {
    self.before = before
    self.user = user
    self.after = after
    self.password = password
  }

  package var scheme: String { before.place(of: "://")?.before ?? "" }
}

/// One key of an existing Secret.
package struct SurveyedValue: Sendable {
  package let key: String
  package let shape: ValueShape
  /// The same number for equal values; for a URL, that of its password.
  package let value: Int
  /// The values of other keys that this one contains, in any form.
  package let holds: [Int]
  /// Whether something in the build checks it, such as a database that would know a new value.
  package fileprivate(set) var isChecked = false

  package init(key: String, shape: ValueShape, value: Int, holds: [Int] = []) {
    self.key = key
    self.shape = shape
    self.value = value
    self.holds = holds
  }
}

package struct SurveyedSecret: Sendable {
  package private(set) var metadata: Metadata
  package let type: String?
  package let mutability: Mutability
  package private(set) var values: [SurveyedValue]

  package struct Metadata: Sendable {
    /// Its name as built.
    package let name: String
    package fileprivate(set) var namespace: String?
    package let labels: [(key: String, value: String)]
    package let annotations: [(key: String, value: String)]

    package init(
      name: String, namespace: String?, labels: [(key: String, value: String)],
      annotations: [(key: String, value: String)]
    ) {
      self.name = name
      self.namespace = namespace
      self.labels = labels
      self.annotations = annotations
    }
  }

  /// Whether the API server lets anybody change the values.
  package enum Mutability: Sendable {
    case mutable
    case immutable
  }

  package init(
    _ metadata: Metadata, type: String?, mutability: Mutability, values: [SurveyedValue]
  ) {
    self.metadata = metadata
    self.type = type
    self.mutability = mutability
    self.values = values
  }

  package var name: String { metadata.name }
  package var namespace: String? { metadata.namespace }

  /// The same Secret, with the values that something checks marked.
  package func checked(by isChecked: (String) -> Bool) -> SurveyedSecret {
    var copy = self
    for index in values.indices { copy.values[index].isChecked = isChecked(values[index].key) }
    return copy
  }

  /// The same Secret in a namespace, if it has none of its own.
  package func placed(in namespace: String?) -> SurveyedSecret {
    var copy = self
    copy.metadata.namespace = self.namespace ?? namespace
    return copy
  }
}
