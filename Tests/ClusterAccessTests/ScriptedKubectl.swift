/// A kubectl that is a script.

import Foundation
import Processes
import TestSupport

extension TemporaryFolder {
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
