/// Lock files: any bytes are read or refused with a line, and written as they were read.

import Manifests
import YAML

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLockFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  do {
    let source = try SourceText(input)
    do {
      let lock = try LockFile(source)
      precondition(Set(lock.order) == Set(lock.items.keys))
      let written = lock.render(environment: "fuzz")
      let again = try LockFile(try SourceText(written))
      precondition(again == lock, "what was written is not what was read")
      precondition(again.render(environment: "fuzz") == written)
    } catch {
      precondition(error.location.line >= 1)
    }
  } catch {
    _ = error.message
  }
  return 0
}
