/// Workspace files and templates: any bytes are read, or refused with a line.

import Workspace
import YAML

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWorkspace(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  guard let source = try? SourceText(input) else { return 0 }
  do {
    let workspace = try Workspace(source)
    for environment in workspace.environments {
      precondition(!environment.targets.isEmpty)
      let paths = environment.targets.flatMap { [$0.output, $0.kustomization, $0.templates] }
      for path in paths.map(\.path) + [environment.lockPath] {
        precondition(!path.hasPrefix("/") && !path.isEmpty)
        precondition(!path.split(separator: "/").contains { $0 == ".." || $0 == ".git" })
      }
      precondition(environment.fingerprints.allSatisfy { Workspace.isFingerprint($0) })
    }
    for credential in workspace.credentials {
      precondition(credential.variable.hasPrefix("MOLTSEAL_"))
      precondition(credential.variable != "MOLTSEAL_FINGERPRINT")
    }
  } catch {
    precondition(error.location.line >= 1)
  }
  do {
    let template = try Template(path: "fuzz-template.yml", source, names: ["jwt-secret", "a"])
    precondition(!template.secrets.isEmpty)
  } catch {
    precondition(error.location.line >= 1)
  }
  return 0
}
