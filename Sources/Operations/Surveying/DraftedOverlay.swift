/// An overlay of one file, for an environment that shares its base with others.

internal import Manifests
internal import Reporting
internal import Text
internal import Files
internal import Workspace
internal import YAML

extension RepositorySurvey {
  /// Drafts an overlay, of one file, on another root.
  ///
  /// - Returns: the root, and the bytes of its file.
  func overlay(_ folder: String, on base: Root) throws -> (root: Root, bytes: [UInt8]) {
    let steps = Path.steps(folder).filter { $0 != "." }
    let plain = steps.joined(separator: "/")
    let isInside = base.folder == "." || Path.isIn(plain, folder: base.folder)
    guard !steps.isEmpty, !steps.contains(".."), !Path.isAbsolute(folder), !isInside else {
      throw CommandError(
        "an overlay of \(base.folder) cannot be in '\(folder)'",
        hint: "name a folder outside it; kustomize builds nothing that contains itself", status: 64)
    }
    let isPlain = plain.utf8.allSatisfy { $0 > 32 && $0 != 127 }
    let isTaken =
      [Workspace.fileName, "templates", LockPlace.name].contains(steps[0])
      || steps.contains(".git") || steps[0].begins(with: ".moltseal")
    guard isPlain, !isTaken else {
      throw CommandError(
        isPlain
          ? "an overlay cannot be in '\(plain)'"
          : "an overlay cannot be in a folder with a space or control character in its name",
        hint: "name a folder beside its base, such as overlays/prod", status: 64)
    }
    let path = Path.join(plain, "kustomization.yaml")
    if Kustomization.fileNames.contains(where: { self.folder.exists(Path.join(plain, $0)) }) {
      throw CommandError(
        "'\(plain)' already has a kustomization", hint: "name it instead of its base")
    }
    let way = String(repeating: "../", count: steps.count) + base.folder
    let text =
      "# Written by moltseal init: for one environment, so that the base stays as it is for the others.\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - \(YAMLWriter.scalar(way))\n"
    let bytes = Array(text.utf8)
    do throws(YAMLError) {
      let kustomization = try Kustomization(try SourceText(bytes))
      return (
        Root(path: path, folder: plain, kustomization: kustomization, built: base.folder), bytes
      )
    } catch { throw CommandError(error, file: path) }
  }
}
