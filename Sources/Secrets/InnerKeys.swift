/// The keys of secrets within a text: JSON, INI, `.npmrc`, the lines of an env file.

internal import Text
internal import Workspace

enum InnerKeys {
  /// The maximum number of keys that are named.
  private static let most = 5

  /// The keys in a text whose names say that their values are secret, in order and without
  /// duplicates.
  static func secrets(in bytes: UnsafeRawBufferPointer) -> [String] {
    var found: [String] = []
    var word: [UInt8] = []
    var isKey = false
    for byte in bytes {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
        // After a blank or a quote, another word begins.
        if isKey { word = [] }
        isKey = false
        word.append(byte)
      case UInt8(ascii: "="), UInt8(ascii: ":"):
        note(word, &found)
        word = []
      case 32, 9, UInt8(ascii: "\""), UInt8(ascii: "'"): isKey = true
      default:
        word = []
        isKey = false
      }
      if word.count > 64 { word = [] }
      if found.count == most { break }
    }
    return found
  }

  private static func note(_ word: [UInt8], _ found: inout [String]) {
    let key = String(decoding: word, as: UTF8.self)
    guard word.count >= 3, SecretName.isTelling(key), !found.includes(key) else { return }
    switch KeyMeaning(key: key) {
    case .password, .tokenKey, .applicationKey, .storageKey, .issued: found.append(key)
    case .name, .unknown, .file: break
    }
  }
}
