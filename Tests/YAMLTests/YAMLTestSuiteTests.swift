/// The parser against yaml-test-suite (Tests/Vectors/yaml-test-suite.json, MIT): every valid document gives the
/// tree of its JSON, every invalid one an error with a position, and no range is out of bounds.
///
/// libyaml speaks YAML 1.1 with some of 1.2, and the suite 1.2: what differs is listed, with what happens instead, so
/// that a change of libyaml is seen.

import Foundation
import Testing

@testable import YAML

struct YAMLTestSuiteTests {
  private struct Suite: Decodable {
    let cases: [Case]
  }

  struct Case: Decodable {
    let id: String
    let yaml: String
    let fail: Bool?
    let json: JSON?
  }

  /// A JSON value; numbers by their text.
  indirect enum JSON: Decodable, Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let value = try? container.decode(Bool.self) {
        self = .boolean(value)
      } else if let value = try? container.decode(Double.self) {
        self = .number(value)
      } else if let value = try? container.decode(String.self) {
        self = .string(value)
      } else if let value = try? container.decode([JSON].self) {
        self = .array(value)
      } else {
        self = .object(try container.decode([String: JSON].self))
      }
    }

    /// What Kubernetes' tools make of a tree.
    init(_ node: Node?) {
      guard let node else {
        self = .null
        return
      }
      if let items = node.items {
        self = .array(items.map { JSON($0) })
      } else if let entries = node.entries {
        self = .object(
          Dictionary(
            entries.map { ($0.key.scalar ?? "", JSON($0.value)) },
            uniquingKeysWith: { _, last in last }))
      } else {
        let text = node.scalar ?? ""
        switch node.scalarType {
        case .null: self = .null
        case .boolean: self = .boolean(["true", "yes", "on", "y"].contains(text.lowercased()))
        case .integer, .float: self = Double(text).map { .number($0) } ?? .string(text)
        default: self = .string(text)
        }
      }
    }
  }

  static let cases: [Case] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Vectors/yaml-test-suite.json")
    guard let data = try? Data(contentsOf: file),
      let suite = try? JSONDecoder().decode(Suite.self, from: data)
    else { return [] }
    return suite.cases
  }()

  /// Valid, and refused here.
  private static let refused: Set<String> = [
    "2JQS", "2LFX", "2SXE", "4ABK", "4MUZ-00", "4MUZ-01", "4MUZ-02", "58MP", "5MUD", "5T43", "6BCT",
    "6CA3", "6LVF", "6M2F", "7Z25", "8XYN", "96NN-00", "96NN-01", "9SA2", "A2M4", "BEC7", "CFD4",
    "DBG4", "DK3J", "DK95-00", "DK95-03", "DK95-04", "FP8R", "FRK4", "HM87-00", "HWV9", "K3WX",
    "M2N8-00", "M7A3", "MUS6-05", "MUS6-06", "NHX8", "NJ66", "NKF9", "Q5MG", "QT73", "R4YG", "S3PD",
    "SM9W-01", "UKK6-00", "UT92", "VJP3-01", "W4TN", "W5VH", "Y79Y-01", "Y79Y-10",
  ]
  /// Invalid, and taken here.
  private static let taken: Set<String> = [
    "9C9N", "9HCY", "9JBA", "CVW2", "DK95-01", "EB22", "G5U8", "MUS6-00", "MUS6-01", "QB6E", "RHX7",
    "S98Z", "SU5Z", "X4QW", "Y79Y-03", "YJV2",
  ]
  /// Valid, and another tree here.
  private static let other: Set<String> = [
    "3GZX", "652Z", "HM87-01", "JEF9-02", "L24T-01", "Y2GN",
  ]

  @Test("valid documents give the tree of their JSON, invalid ones an error with a position")
  func suite() throws {
    #expect(Self.cases.count > 350)
    var (refused, taken, other) = (Set<String>(), Set<String>(), Set<String>())
    for test in Self.cases {
      let bytes = Array(test.yaml.utf8)
      let documents: [Document]
      do throws(YAMLError) {
        let source = try SourceText(bytes)
        documents = try parseYAML(source)
      } catch {
        #expect(error.location.line >= 1 && error.location.column >= 1, "\(test.id)")
        #expect(!error.message.isEmpty)
        if test.fail != true { refused.insert(test.id) }
        continue
      }
      if test.fail == true { taken.insert(test.id) }
      for document in documents {
        document.root?.visit { node in
          #expect(
            node.range.lowerBound >= 0 && node.range.upperBound <= bytes.count, "\(test.id)")
        }
      }
      guard test.fail != true, case .array(let wanted)? = test.json else { continue }
      let found = documents.map { JSON((try? $0.writtenOut()) ?? $0.root) }
      if found != wanted { other.insert(test.id) }
    }
    #expect(refused == Self.refused, "refused: \(refused.subtracting(Self.refused).sorted())")
    #expect(taken == Self.taken, "taken: \(taken.subtracting(Self.taken).sorted())")
    #expect(other == Self.other, "other: \(other.subtracting(Self.other).sorted())")
  }
}
