/// The names that the API server accepts (k8s.io/apimachinery `util/validation`).

internal import Text

package enum KubernetesNames {
  /// The keys that the API server requires, by the type of the Secret (k8s.io/kubernetes,
  /// `ValidateSecret`).
  private static let requiredKeys: [String: [String]] = [
    "kubernetes.io/tls": ["tls.crt", "tls.key"],
    "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
    "kubernetes.io/dockercfg": [".dockercfg"],
    "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  ]

  /// The key whose value the API server reads as JSON, by the type of the Secret.
  package static let keysOfJSON: [String: String] = [
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson", "kubernetes.io/dockercfg": ".dockercfg",
  ]

  /// The annotation that the API server requires, by the type of the Secret.
  package static let requiredAnnotations = [
    "kubernetes.io/service-account-token": "kubernetes.io/service-account.name"
  ]

  /// The keys that a Secret of a type lacks, in words; nil if it has what it needs.
  package static func missingKeys(type: String, keys: [String]) -> String? {
    // One of user name and password is enough.
    if type == "kubernetes.io/basic-auth" {
      return keys.contains("username") || keys.contains("password")
        ? nil : "the key 'username' or 'password'"
    }
    let missing = (requiredKeys[type] ?? []).filter { !keys.contains($0) }
    return missing.isEmpty ? nil : "the key '\(missing.joined(separator: "' and '"))'"
  }

  /// What is wrong with an object's name: DNS-1123 subdomain, at most 253 characters.
  package static func faultOfSubdomain(_ name: String) -> String? {
    let labels = name.pieces(between: ".")
    guard name.utf8.count <= 253, labels.allSatisfy({ isLabel($0) }) else {
      return
        "is not a DNS-1123 name: lower-case letters, digits, '-' and '.', at most 253 characters"
    }
    return nil
  }

  /// What is wrong with a namespace: DNS-1123 label, at most 63 characters.
  package static func faultOfLabel(_ name: String) -> String? {
    guard name.utf8.count <= 63, isLabel(name) else {
      return "is not a DNS-1123 label: lower-case letters, digits and '-', at most 63 characters"
    }
    return nil
  }

  /// What is wrong with a key of a Secret.
  package static func faultOfKey(_ key: String) -> String? {
    let isPlain = key.utf8.allSatisfy { isAlphanumeric($0) || "-._".utf8.contains($0) }
    guard isPlain, (1...253).contains(key.utf8.count), key != ".", !key.begins(with: "..") else {
      return "is not a Secret key: letters, digits, '-', '_' and '.', at most 253 characters"
    }
    return nil
  }

  /// What is wrong with the key of an annotation, in which the API server also accepts upper case.
  package static func faultOfAnnotation(_ key: String) -> String? {
    // Only ASCII is converted: the lower case of the Kelvin sign is a k.
    faultOfQualifiedName(
      String(decoding: key.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self))
  }

  /// What is wrong with the key of a label: `[prefix/]name`.
  package static func faultOfQualifiedName(_ key: String) -> String? {
    let parts = key.pieces(between: "/")
    let name = parts.last ?? ""
    let prefixIsFine = parts.count == 1 || parts.count == 2 && faultOfSubdomain(parts[0]) == nil
    guard prefixIsFine, !name.isEmpty, faultOfLabelValue(name) == nil else {
      return "is not a qualified name: [prefix/]name, with a name of at most 63 characters"
    }
    return nil
  }

  /// What is wrong with the value of a label.
  package static func faultOfLabelValue(_ value: String) -> String? {
    guard let first = value.utf8.first, let last = value.utf8.last else { return nil }
    let isPlain = value.utf8.allSatisfy { isAlphanumeric($0) || "-._".utf8.contains($0) }
    guard isPlain, isAlphanumeric(first), isAlphanumeric(last), value.utf8.count <= 63 else {
      return
        "is not a label value: letters, digits, '-', '_' and '.', a letter or digit at both ends, at most 63 characters"
    }
    return nil
  }

  private static func isLabel(_ text: String) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
    return isLower(first) && isLower(last) && text.utf8.allSatisfy { isLower($0) || $0 == 45 }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    default: false
    }
  }
}
