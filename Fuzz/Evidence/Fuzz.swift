/// Evidence: any bytes are read or refused with a line, and written as they were read.

import Cluster
import Planning
import YAML

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvidence(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  do {
    let evidence = try Evidence(try SourceText(input))
    let written = Array(YAMLWriter.inline(evidence.tree, quotes: .always).utf8)
    let again = try Evidence(try SourceText(written))
    precondition(again == evidence, "what was written is not what was read")
  } catch {
    precondition(error.location.line >= 1)
  }
  return 0
}
