/// The folder beneath which a reseal writes: one journal, one lock, whatever the files are.

internal import Glibc
internal import Transactions

struct ResealPlace {
  private let folder: WorkspaceFolder
  let committer: Committer

  /// The workspace of the files, else their repository, else the folder that they share.
  init(_ files: [String]) throws {
    let paths = try files.map { try ResealPlace.realPath($0) }
    let shared = ResealPlace.sharedFolder(paths)
    let workspace = try LoadedWorkspace.root().map { try ResealPlace.realPath($0) }
    do throws(FileError) {
      if let workspace, paths.allSatisfy({ $0.hasPrefix(workspace + "/") }) {
        folder = try WorkspaceFolder(workspace)
      } else {
        folder = try WorkspaceFolder(GitRepository.find(from: shared)?.root ?? shared)
      }
    } catch { throw CommandError(error, what: "cannot read") }
    committer = try Committer(folder, git: GitRepository.find(from: folder.path))
  }

  func lock() throws -> WorkspaceLock { try folder.lock("here") }

  /// The path of a file beneath the folder.
  func path(of file: String) throws -> String {
    let path = try ResealPlace.realPath(file)
    // `init` has chosen a folder above every file.
    return String(path.dropFirst(folder.path == "/" ? 1 : folder.path.count + 1))
  }

  /// The bytes of a file beneath the folder, compared again before anything is written.
  func read(_ path: String) throws -> [UInt8] {
    do throws(FileError) {
      return try folder.read(path, limit: 64 << 20)
    } catch { throw CommandError(error, what: "cannot read") }
  }

  /// The same; nil where there is none.
  func readIfPresent(_ path: String) throws -> [UInt8]? {
    do throws(FileError) {
      return try folder.read(path, limit: 64 << 20)
    } catch {
      if error.isMissing { return nil }
      throw CommandError(error, what: "cannot read")
    }
  }

  private static func realPath(_ file: String) throws -> String {
    guard let real = realpath(file, nil) else {
      throw CommandError(
        "cannot be read: \(String(cString: strerror(errno)))", hint: "check the path", file: file)
    }
    defer { free(real) }
    return String(cString: real)
  }

  private static func sharedFolder(_ paths: [String]) -> String {
    let folders = paths.map { $0.split(separator: "/").dropLast() }
    guard var shared = folders.first else { return "/" }
    for folder in folders {
      shared = shared.prefix(zip(shared, folder).prefix { $0 == $1 }.count)
    }
    return "/" + shared.joined(separator: "/")
  }
}
