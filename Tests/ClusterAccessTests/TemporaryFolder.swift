/// A folder for one test, with its files and a kubectl that is a script.

import Foundation
import Processes

/// A folder that goes with the test that made it.
final class TemporaryFolder {
  /// Its path, without links.
  let path: String

  init(_ files: [String: String] = [:]) throws {
    path =
      FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "moltseal-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files { try write(name, text) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ name: String, _ text: String) throws {
    try FileManager.default.createDirectory(
      atPath: (self(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: self(name)))
  }

  /// A kubectl that is this shell script; its fourth argument is the path that it gets.
  ///
  /// Another process writes it: what this one has open for writing, it could not start.
  func kubectl(_ script: String) throws -> Kubectl {
    let bin = self("bin")
    try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
    var setup = Subprocess.Setup(variables: [], searchPath: "/usr/bin:/bin")
    setup.input = Array("#!/bin/sh\n\(script)\n".utf8)
    _ = try Subprocess.start(
      "sh", ["-c", "cat >\"$0\" && chmod +x \"$0\"", bin + "/kubectl"], outside: [], setup
    ).finish()
    return Kubectl(
      Kubectl.Connection(
        flags: [], credentials: .init(), kubeconfig: nil, otherKubeconfigs: nil, inCluster: nil),
      outside: [], Subprocess.Setup(variables: [], searchPath: bin))
  }
}
