/// The process's arguments, environment variables and clock, which no library reads.

internal import CProcess
internal import Cryptography
internal import Glibc
internal import Kubernetes
internal import Manifests
internal import Processes
internal import Text

enum Surroundings {
  /// The words of the command line, beginning with the program's name.
  static var arguments: [String] {
    guard let words = moltseal_arguments() else { return [] }
    return (0..<Int(moltseal_argument_count())).compactMap { index in
      words[index].map { String(cString: $0) }
    }
  }

  /// Returns a variable that contains no secret, or nil if it is unset or empty.
  static func text(_ name: String) -> String? {
    guard let pointer = getenv(name), pointer.pointee != 0 else { return nil }
    return String(cString: pointer)
  }

  /// Whether a variable is set, even if empty.
  static func isSet(_ name: String) -> Bool { getenv(name) != nil }

  // MARK: Variables

  /// The prefix of moltseal's own variables.
  private static let ownPrefix = Array("MOLTSEAL_".utf8)

  /// All variables of the process except moltseal's own, as the bytes of `NAME=value`.
  static var withoutOwn: [[UInt8]] {
    variables.filter { !$0.starts(with: ownPrefix) && $0.contains(UInt8(ascii: "=")) }
  }

  /// The setup for a program that needs only PATH and HOME.
  ///
  /// It gets none of moltseal's variables, and none of git's that would make it look elsewhere.
  static var bareSetup: Subprocess.Setup {
    let kept = ["PATH", "HOME"].compactMap { key in text(key).map { "\(key)=\($0)" } }
    return Subprocess.Setup(
      variables: (["LC_ALL=C"] + kept).map { Array($0.utf8) }, searchPath: text("PATH"))
  }

  /// The setup for a builder, without a kubeconfig, so that a kubectl that asks its cluster for a
  /// version finds none.
  static var builderSetup: Subprocess.Setup {
    let path = text("PATH").map { ["PATH=\($0)"] } ?? []
    var setup = Subprocess.Setup(
      variables: (["LC_ALL=C", "KUBECONFIG=/dev/null"] + path).map { Array($0.utf8) },
      searchPath: text("PATH"))
    setup.isIsolated = true
    return setup
  }

  /// The setup for a builder that may fetch; git finds the user's settings and keys.
  static var fetchingBuilderSetup: Subprocess.Setup {
    let kubeconfig = Array("KUBECONFIG=".utf8)
    return Subprocess.Setup(
      variables: withoutOwn.filter { !$0.starts(with: kubeconfig) }
        + [Array("KUBECONFIG=/dev/null".utf8)], searchPath: text("PATH"))
  }

  /// The setup for a program that works as if the user had started it.
  static var usersSetup: Subprocess.Setup {
    Subprocess.Setup(variables: withoutOwn, searchPath: text("PATH"))
  }

  private static var variables: [[UInt8]] {
    guard var next = moltseal_environment() else { return [] }
    var found: [[UInt8]] = []
    while let variable = next.pointee {
      found.append(Array(UnsafeRawBufferPointer(start: variable, count: strlen(variable))))
      next += 1
    }
    return found
  }

  // MARK: Supplied values

  /// The values found by `takeSuppliedValues`, by variable name.
  nonisolated(unsafe) private static var supplied: [String: SecretBytes] = [:]

  /// Removes every supplied value from the environment, needed or not, so that neither a child nor
  /// /proc shows it.
  ///
  /// Call this first, before any thread or child exists.
  static func takeSuppliedValues() {
    for name in namesOfSuppliedValues() {
      if let value = takeSecret(name) { supplied[name] = value }
    }
  }

  /// Hands out a supplied value, or nil if its variable was unset or empty.
  static func suppliedValue(_ name: String) -> SecretBytes? {
    supplied.removeValue(forKey: name)
  }

  /// Wipes the values that were not handed out.
  static func forgetSuppliedValues() { supplied = [:] }

  private static func namesOfSuppliedValues() -> [String] {
    guard var next = moltseal_environment() else { return [] }
    var names: [String] = []
    while let variable = next.pointee {
      next += 1
      guard let sign = strchr(variable, Int32(UInt8(ascii: "="))) else { continue }
      let bytes = UnsafeRawBufferPointer(start: variable, count: sign - variable)
      guard bytes.starts(with: ownPrefix) else { continue }
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

  // MARK: The machine

  /// Returns the current time, to the second.
  static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: time.tv_sec)
  }

  /// Returns a new rotation id: its time, and 16 random hex digits.
  static func rotation(_ now: Timestamp) throws -> String {
    "r-\(now.compact)-\(try Randomness.publicHex(8))"
  }

  /// The number of threads that may work at once.
  static var processors: Int {
    max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }
}
