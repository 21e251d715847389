/// The supplied values in the process's environment, which are taken out of it at once.

internal import Cryptography
internal import CProcess
internal import Glibc
internal import Text

/// Variables of moltseal's own, `MOLTSEAL_NAME`, that hold the values of supplied credentials.
package enum SuppliedVariables {
  /// The prefix of moltseal's own variables.
  package static let prefix = "MOLTSEAL_"

  /// The values found by `take`, by variable name.
  nonisolated(unsafe) private static var supplied: [String: SecretBytes] = [:]

  /// Removes every supplied value from the environment, needed or not, so that neither a child nor
  /// /proc shows it.
  ///
  /// Call this first, before any thread or child exists.
  static func take() {
    for name in names() {
      if let value = takeSecret(name) { supplied[name] = value }
    }
  }

  /// Hands out a supplied value, or nil if its variable was unset or empty.
  static func value(_ name: String) -> SecretBytes? {
    supplied.removeValue(forKey: name)
  }

  /// Wipes the values that were not handed out.
  static func forget() { supplied = [:] }

  private static func names() -> [String] {
    guard var next = moltseal_environment() else { return [] }
    let own = Array(prefix.utf8)
    var names: [String] = []
    while let variable = next.pointee {
      next += 1
      guard let sign = strchr(variable, Int32(UInt8(ascii: "="))) else { continue }
      let bytes = UnsafeRawBufferPointer(start: variable, count: sign - variable)
      guard bytes.starts(with: own) else { continue }
      let name = String(decoding: bytes, as: UTF8.self)
      if !isSetting(name) { names.append(name) }
    }
    return names
  }

  /// Whether a variable of ours is a setting: the fingerprints, or a setting for tests of a debug
  /// build.
  private static func isSetting(_ name: String) -> Bool {
    #if DEBUG
      if name.begins(with: "MOLTSEAL_TEST_") { return true }
    #endif
    return name == "MOLTSEAL_FINGERPRINT"
  }

  /// Takes a secret from the environment: copies, overwrites and unsets it.
  ///
  /// An empty value counts as unset.
  private static func takeSecret(_ name: String) -> SecretBytes? {
    guard let pointer = getenv(name) else { return nil }
    let bytes = UnsafeMutableRawBufferPointer(start: pointer, count: strlen(pointer))
    defer {
      SecureMemory.wipe(bytes)
      unsetenv(name)
    }
    return bytes.count > 0 ? SecretBytes(copying: UnsafeRawBufferPointer(bytes)) : nil
  }
}
