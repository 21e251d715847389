/// Programs that are scripts.

import Foundation
import Processes
import TestSupport

extension TemporaryFolder {
  /// Writes a shell script that can be run.
  ///
  /// Another process writes it: what this one has open for writing, it could not start.
  func program(_ name: String, _ script: String) throws {
    try make((name as NSString).deletingLastPathComponent)
    let text = Array("#!/bin/sh\n\(script)\n".utf8)
    _ = try run("sh", "-c", "cat >\"$0\" && chmod +x \"$0\"", self(name)) { $0.input = text }
  }

  /// An environment without variables, in which only these folders have programs.
  func setup(_ folders: String...) -> Subprocess.Setup {
    Subprocess.Setup(variables: [], searchPath: folders.map { self($0) }.joined(separator: ":"))
  }
}

/// Runs a program to its end.
func run(
  _ name: String, _ arguments: String..., change: (inout Subprocess.Setup) -> Void = { _ in }
) throws -> Subprocess.Result {
  var setup = Subprocess.Setup(variables: [], searchPath: "/usr/bin:/bin")
  change(&setup)
  return try Subprocess.start(name, arguments, outside: [], setup).finish()
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
