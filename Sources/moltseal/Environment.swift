/// The process's surroundings: its variables and the clock. No library reads them.

internal import Cryptography
internal import Glibc
internal import Manifests

enum Environment {
  /// A variable that holds no secret; nil where it is unset or empty.
  static func text(_ name: String) -> String? {
    guard let pointer = getenv(name), pointer.pointee != 0 else { return nil }
    return String(cString: pointer)
  }

  /// Takes a secret out of the environment: copied, overwritten where it stood, and unset, so that
  /// neither a child nor /proc shows it any more.
  ///
  /// Empty counts as absent.
  static func takeSecret(_ name: String) -> SecretBytes? {
    guard let pointer = getenv(name) else { return nil }
    let bytes = UnsafeMutableRawBufferPointer(start: pointer, count: strlen(pointer))
    defer {
      SecureMemory.wipe(bytes)
      unsetenv(name)
    }
    return bytes.count > 0 ? SecretBytes(copying: UnsafeRawBufferPointer(bytes)) : nil
  }

  /// Every variable that the process was started with, but for moltseal's own, as `NAME=value`.
  static var withoutOwn: [String] {
    guard let bytes = try? PlainFile.read("/proc/self/environ") else { return [] }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.filter {
      !$0.hasPrefix("MOLTSEAL_") && $0.contains("=")
    }
  }

  /// The present, to the second.
  static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: time.tv_sec)
  }

  /// How many threads may work at once.
  static var processors: Int {
    max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }
}
