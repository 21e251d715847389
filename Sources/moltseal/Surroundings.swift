/// The process: its arguments, environment variables and clock, which no library reads.

internal import CProcess
internal import Glibc
internal import Kubernetes
internal import Reporting
internal import SecretIO

/// Reads the clock and the environment for the libraries.
struct ProcessSurroundings: Surroundings.Source {
  /// The words of the command line, beginning with the program's name.
  static var arguments: [String] {
    guard let words = moltseal_arguments() else { return [] }
    return (0..<Int(moltseal_argument_count())).compactMap { index in
      words[index].map { String(cString: $0) }
    }
  }

  func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: time.tv_sec)
  }

  func text(_ name: String) -> String? {
    guard let pointer = getenv(name), pointer.pointee != 0 else { return nil }
    return String(cString: pointer)
  }

  func isSet(_ name: String) -> Bool { getenv(name) != nil }

  var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  var withoutOwn: [[UInt8]] {
    guard var next = moltseal_environment() else { return [] }
    let own = Array(SuppliedVariables.prefix.utf8)
    var found: [[UInt8]] = []
    while let variable = next.pointee {
      let bytes = Array(UnsafeRawBufferPointer(start: variable, count: strlen(variable)))
      if !bytes.starts(with: own), bytes.contains(UInt8(ascii: "=")) { found.append(bytes) }
      next += 1
    }
    return found
  }
}
