/// Answers of a real API server, as Tests/Live has them.

import Kubernetes
import Testing
import YAML

@testable import Cluster

#if canImport(Glibc)
  import Glibc
#endif

enum Recorded {
  /// The objects of a file; of a list its items, with the kind that the list says.
  static func objects(_ name: String) throws -> [Node] {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let file = try #require(fopen("/\(folder)/Live/managed/\(name).json", "r"), "\(name)")
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    let root = try json(Array(bytes.prefix(count)))
    return root["items"]?.items ?? [root]
  }

  static func object(_ name: String) throws -> Node { try #require(try objects(name).first) }

  static func json(_ bytes: [UInt8]) throws -> Node {
    try bytes.withUnsafeBytes { bytes in
      var parser = JSONParser(bytes, withholding: .nothing)
      return try #require(try parser.document().root)
    }
  }

  static func json(_ text: String) throws -> Node { try json(Array(text.utf8)) }
}

/// Distinct texts give distinct digests here, and that is all that is asked of them.
let anyDigest: SHA256 = { $0.map { String($0, radix: 16) }.joined() }
