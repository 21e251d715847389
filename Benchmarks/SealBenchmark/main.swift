/// Seals many values for one key and prints the CPU and wall time in seconds.
///
///     SealBenchmark CERTIFICATE COUNT THREADS

import Cryptography
import Glibc
import Sealing

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = Int(arguments[2]), let threads = Int(arguments[3]),
  let file = fopen(arguments[1], "r")
else {
  print("usage: SealBenchmark CERTIFICATE COUNT THREADS")
  exit(64)
}
var pem = [UInt8](repeating: 0, count: 1 << 16)
pem.removeLast(pem.count - fread(&pem, 1, pem.count, file))
let certificate = try Certificate(pem: pem, now: time(nil))
let jobs = try (0..<count).map { _ in
  SealingJob(label: Array("ns/name".utf8), value: try Randomness.bytes(32))
}

func seconds(_ clock: clockid_t) -> Double {
  var value = timespec()
  clock_gettime(clock, &value)
  return Double(value.tv_sec) + Double(value.tv_nsec) / 1e9
}

let (cpu, wall) = (seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC))
let sealed = try seal(jobs, for: certificate.key, threads: threads)
print(seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_MONOTONIC) - wall, sealed.count)
