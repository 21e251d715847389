/// Secret manifests, YAML and JSON: any bytes are Secrets, or a fault with a line.

import Cryptography
import Secrets
import YAML

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSecret(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  // libyaml also counts the line ends of Unicode: U+0085, U+2028 and U+2029.
  let lines = input.count { [0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains($0) } + 2
  for lists in [SecretStream.Lists.kept, .unpacked] {
    do {
      let stream = try SecretStream(SecretBytes(copying: input), lists: lists)
      for warning in stream.warnings { precondition(warning.location.line >= 1) }
      for secret in stream.secrets {
        // An alias repeats its text, but no value is longer than the file.
        for item in secret.items { precondition(item.value.count <= count) }
      }
    } catch {
      precondition(error.location.line >= 1 && error.location.column >= 1)
      precondition(error.location.line <= lines)
    }
  }
  return 0
}
