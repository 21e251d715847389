/// The published JSON Schema against the parser.

import Foundation
import Testing
import Workspace

@Suite("Schema")
struct SchemaTests {
  @Test("the schema has the keys that the parser has, and no others")
  func keys() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: "docs/moltseal.schema.json"))
    let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let definitions = try #require(schema["$defs"] as? [String: Any])
    for (name, keys) in Workspace.schemaFields {
      let definition = try #require(definitions[name] as? [String: Any], "\(name)")
      let properties = try #require(definition["properties"] as? [String: Any], "\(name)")
      #expect(Set(properties.keys) == Set(keys), "\(name)")
      #expect(definition["additionalProperties"] as? Bool == false, "\(name)")
    }
  }
}
