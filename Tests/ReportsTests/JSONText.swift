/// Trees as a program reads them.

import Foundation
import Rules
import Testing
import YAML

@testable import Checking

/// What a program reads of a tree.
func read(_ tree: Tree) throws -> [String: Any] {
  var bytes: [UInt8] = []
  JSONWriter.write(tree, to: &bytes)
  return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
}

/// A value at the end of a path of keys and indices.
func at(_ value: Any?, _ path: String) -> Any? {
  path.split(separator: ".").reduce(value) { value, step in
    if let index = Int(step) {
      let list = value as? [Any] ?? []
      return list.indices.contains(index) ? list[index] : nil
    }
    return (value as? [String: Any])?[String(step)]
  }
}

func finding(
  _ code: String = "no-rollout", _ severity: Finding.Severity = .warning, file: String = "k.yml",
  line: Int? = 3, message: String = "m"
) -> Finding {
  Finding(
    code: code, severity: severity, message: message, hint: "h", file: file,
    location: line.map { Location(line: $0, column: 2) })
}

func report(_ findings: Finding...) -> CheckReport {
  var report = CheckReport()
  report.add(findings)
  return report
}
