/// Reads manifests as kubectl does: YAML documents, JSON values, or both.

/// Parses JSON values while there are any, then YAML to the end.
///
/// Nodes have locations, but no byte ranges.
///
/// - Throws: `YAMLError` for the first document that is neither; nothing is dropped.
package func parseStream(
  _ bytes: UnsafeRawBufferPointer, withholding: Withholding
) throws(YAMLError) -> [Document] {
  let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  var json = JSONParser(bytes, from: start, withholding: withholding)
  var documents: [Document] = []
  while true {
    let beginning = (position: json.position, line: json.location.line)
    guard json.peek() == UInt8(ascii: "{") else {
      return documents + (try parseRest(bytes, beginning, withholding))
    }
    do throws(YAMLError) {
      documents.append(try json.document())
    } catch let failure {
      // A flow mapping of YAML looks the same.
      do throws(YAMLError) {
        return documents + (try parseRest(bytes, beginning, withholding))
      } catch { throw failure }
    }
    if json.isAtEnd() { return documents }
    _ = json.skipSeparator()
  }
}

/// The same for bytes without secrets.
package func parseStream(_ bytes: [UInt8]) throws(YAMLError) -> [Document] {
  let result = bytes.withUnsafeBytes { bytes -> Result<[Document], YAMLError> in
    do throws(YAMLError) {
      return .success(try parseStream(bytes, withholding: .nothing))
    } catch { return .failure(error) }
  }
  return try result.get()
}

private func parseRest(
  _ bytes: UnsafeRawBufferPointer, _ start: (position: Int, line: Int), _ withholding: Withholding
) throws(YAMLError) -> [Document] {
  do throws(YAMLError) {
    return try parseYAML(
      UnsafeRawBufferPointer(rebasing: bytes[start.position...]), withholding: withholding)
  } catch {
    throw YAMLError(
      error.message,
      at: Location(
        line: error.location.line + start.line - 1, column: error.location.column), hint: error.hint
    )
  }
}
