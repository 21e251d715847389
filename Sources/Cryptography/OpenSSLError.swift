/// The failure of one OpenSSL call, with its whole error queue.

internal import COpenSSL

/// A failed OpenSSL call.
///
/// The whole queue is drained: an entry left behind would be reported by the next failure.
package struct OpenSSLError: Error, CustomStringConvertible {
  /// The C function that failed.
  package let function: String
  /// OpenSSL's reasons, oldest first.
  ///
  /// They never contain key material.
  package let reasons: [String]

  init(_ function: String) {
    self.function = function
    var reasons: [String] = []
    while case let code = ERR_get_error(), code != 0 {
      var text = [CChar](repeating: 0, count: 256)
      ERR_error_string_n(code, &text, text.count)
      reasons.append(
        String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    self.reasons = reasons
  }

  package var description: String {
    reasons.isEmpty
      ? "\(function) failed" : "\(function) failed: \(reasons.joined(separator: "; "))"
  }
}

/// Throws unless `status` is 1: OpenSSL's EVP calls report failure as 0 or below.
func check(_ status: Int32, _ function: String) throws(OpenSSLError) {
  guard status == 1 else { throw OpenSSLError(function) }
}

/// Throws if `pointer` is nil.
func check<Pointer>(_ pointer: Pointer?, _ function: String) throws(OpenSSLError) -> Pointer {
  guard let pointer else { throw OpenSSLError(function) }
  return pointer
}
