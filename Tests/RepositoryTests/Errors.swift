/// What a call that is refused says.

import Reporting
import Testing

/// The message and the hint of the only part of the error that `body` throws.
func refusal<Value>(
  _ body: () throws -> Value, at place: SourceLocation = #_sourceLocation
) -> (text: String, hint: String) {
  let error = #expect(throws: CommandError.self, sourceLocation: place) { _ = try body() }
  #expect(error?.diagnostics.count == 1, sourceLocation: place)
  let part = error?.diagnostics.first
  return (part?.text ?? "", part?.hint ?? "")
}
