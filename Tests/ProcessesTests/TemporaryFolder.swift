/// A folder for one test, with programs that are scripts.

import Foundation
import Processes

/// A folder that goes with the test that made it.
final class TemporaryFolder {
  /// Its path, without links.
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "moltseal-" + UUID().uuidString).path
    try make("")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Makes a folder, with those above it.
  func make(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
  }

  func write(_ name: String, _ text: String) throws {
    try make((name as NSString).deletingLastPathComponent)
    try Data(text.utf8).write(to: URL(filePath: self(name)))
  }

  func link(_ name: String, to destination: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: self(name), withDestinationPath: self(destination))
  }

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
