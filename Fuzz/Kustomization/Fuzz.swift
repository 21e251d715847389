/// The editor: for any bytes, an edit has the intended meaning, or is refused and changes nothing.

import Manifests
import YAML

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKustomization(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  guard let source = try? SourceText(input), let kustomization = try? Kustomization(source) else {
    return 0
  }
  let names = kustomization.generators.map(\.name)
  for some in [names, Array(names.prefix(1)), names.suffix(1).map { $0 }] {
    var edited = kustomization
    do {
      try edited.removeGenerators(named: some)
      try edited.addResources(["sealed/a.yml"])
      try edited.addConfigurations(["sealed/names.conf"])
      try edited.apply([.append(["patches"], .map([("patch", .string("x"))]))])
    } catch { continue }
    precondition(edited.generators.allSatisfy { entry in !some.contains(entry.name) })
    precondition(edited.resources.contains { $0.scalar == "sealed/a.yml" })
    // What was written is read again with the same meaning.
    guard let again = try? SourceText(edited.bytes), let second = try? Kustomization(again) else {
      preconditionFailure("an edited kustomization is none")
    }
    precondition(second.generators == edited.generators)
  }
  return 0
}
