/// A workspace on disk: its folder, its file, its place in git.

internal import Credentials
internal import Glibc
internal import Transactions
internal import YAML

struct LoadedWorkspace {
  static let fileName = "moltseal.yml"

  let folder: WorkspaceFolder
  let file: Workspace
  /// The bytes of the workspace file, for edits.
  let source: SourceText
  let git: GitRepository?

  /// Finds `moltseal.yml` in the working folder or above it, and reads it.
  static func find() throws -> LoadedWorkspace {
    guard let path = try root() else {
      throw CommandError(
        "there is no \(fileName) here or above", hint: "go to the workspace, or pass -C DIR")
    }
    return try LoadedWorkspace(path.isEmpty ? "/" : path)
  }

  /// The folder with `moltseal.yml`: the working folder or one above it; nil where there is none.
  static func root() throws -> String? {
    guard let current = getcwd(nil, 0) else {
      throw CommandError("the working folder is gone", hint: "go to the workspace")
    }
    defer { free(current) }
    var path = String(cString: current)
    while access("\(path)/\(fileName)", F_OK) != 0 {
      guard path != "", path != "/", let slash = path.lastIndex(of: "/") else { return nil }
      path = String(path[..<slash])
    }
    return path
  }

  private init(_ path: String) throws {
    do {
      folder = try WorkspaceFolder(path)
      let bytes = try folder.read(Self.fileName, limit: 1 << 20)
      git = GitRepository.find(from: folder.path)
      do throws(YAMLError) {
        source = try SourceText(bytes)
        file = try Workspace(source)
      } catch {
        throw CommandError(error, file: Self.fileName)
      }
    } catch let error as FileError {
      throw CommandError(error, what: "cannot read")
    }
  }

  func environment(_ name: String) throws -> WorkspaceEnvironment {
    if let environment = file.environments.first(where: { $0.name == name }) { return environment }
    let known = file.environments.map(\.name)
    throw CommandError(
      "no environment is named '\(name)'\(nearest(to: name, among: known))",
      hint: "the workspace has: \(known.joined(separator: ", "))", file: Self.fileName)
  }

  /// The committer of this workspace.
  func committer() throws -> Committer { try Committer(folder, git: git) }

  /// The right to change the workspace; refused where another run has it.
  func lock() throws -> WorkspaceLock { try folder.lock("in this workspace") }
}

extension LoadedWorkspace {
  /// The path of a file relative to the workspace; nil where it is outside.
  func path(of file: String) -> String? {
    guard let real = realpath(file, nil) else { return nil }
    defer { free(real) }
    let path = String(cString: real)
    return path.hasPrefix(folder.path + "/") ? String(path.dropFirst(folder.path.count + 1)) : nil
  }
}
