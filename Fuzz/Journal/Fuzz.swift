/// Journals: any bytes are refused, or name paths inside and are written as they were read.

import Files

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJournal(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  do {
    let journal = try Journal(input)
    for path in journal.folders + journal.files.map(\.path) {
      precondition(!path.hasPrefix("/") && !path.isEmpty)
      for step in path.split(separator: "/", omittingEmptySubsequences: false) {
        precondition(step != ".." && step != "." && !step.isEmpty && step.lowercased() != ".git")
      }
    }
    precondition(Set(journal.files.map(\.path)).count == journal.files.count)
    let text = journal.text()
    precondition((try? Journal(text)) == journal, "what was written is not what was read")
    // A journal that was cut off anywhere is refused.
    if text.count > 1 {
      let torn = Array(text[..<(text.count - 1 - Int(input[0]) % (text.count - 1))])
      precondition((try? Journal(torn)) == nil, "a torn journal was read")
    }
  } catch {
    precondition(!error.message.isEmpty)
  }
  return 0
}
