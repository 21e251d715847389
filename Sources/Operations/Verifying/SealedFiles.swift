/// The SealedSecret files among the files and folders that the user named.

internal import Reporting
internal import Text
internal import Files
internal import YAML

/// A file that may contain SealedSecrets.
package struct SealedFile: Sendable {
  /// The path as the user named it, or below a folder that the user named; `-` is standard input.
  package let path: String
  /// Whether the user named the file itself, and not a folder above it.
  let isNamed: Bool

  /// A file that the user named; `-` is standard input.
  package init(named path: String) {
    self.path = path
    isNamed = true
  }

  /// A file that was found in a folder that the user named.
  private init(found path: String) {
    self.path = path
    isNamed = false
  }

  private static let endings = [".yml", ".yaml", ".json"]

  /// The files behind `paths`, each once, however many paths lead to it.
  ///
  /// For a folder, these are every .yml, .yaml and .json below it. Hidden folders below it are
  /// skipped, and so are symbolic links, with a warning for one that is named like a manifest.
  ///
  /// - Throws: `CommandError` for everything that cannot be read, because what was not read must
  ///   not be reported as correct.
  package static func find(_ paths: [String]) throws -> [SealedFile] {
    var places: [Name: Int] = [:]
    var files: [SealedFile] = []
    for file in try paths.flatMap({ try found(behind: $0) }) {
      let place = places[Name(realPath(file.path)), default: files.count]
      if place == files.count {
        places[Name(realPath(file.path))] = place
        files.append(file)
      } else if file.isNamed {
        files[place] = file
      }
    }
    return files
  }

  private static func realPath(_ path: String) -> String {
    path == "-" ? path : Disk.realPath(path) ?? path
  }

  private static func found(behind path: String) throws -> [SealedFile] {
    guard path != "-", try kind(of: path, "check the path") == .folder else {
      return [SealedFile(named: path)]
    }
    let folder = path == "/" ? path : path.without(suffix: "/") ?? path
    return try below(folder).map { SealedFile(found: $0) }
  }

  private static func below(_ folder: String) throws -> [String] {
    var files: [String] = []
    for name in try names(in: folder) where !name.begins(with: ".") {
      let path = folder + "/" + name
      let isManifest = endings.contains { name.ends(with: $0) }
      let kind: Disk.Kind
      do throws(FileError) { kind = try Disk.kind(ofPathItself: path) } catch {
        // A file that was deleted meanwhile does not count.
        if error.isMissing { continue }
        throw failure(path, error.reason, "check its permissions")
      }
      switch kind {
      case .folder: files += try below(path)
      case .file: if isManifest { files.append(path) }
      case .link:
        if isManifest {
          _ = try Self.kind(of: path, "fix the link, or remove it")
          Notices.warn("\(path) is a symbolic link and was skipped; name its target")
        }
      case .other:
        if isManifest {
          throw failure(path, "it is not a regular file", "remove it from the folder")
        }
      }
    }
    return files
  }

  /// The names in a folder, sorted by bytes.
  private static func names(in folder: String) throws -> [String] {
    let entries: [Disk.Entry]
    do throws(FileError) { entries = try Disk.entries(of: folder) } catch {
      throw failure(folder, error.reason, "check its permissions")
    }
    var names: [String] = []
    for entry in entries {
      if let name = entry.name {
        names.append(name)
      } else if entry.kind != .file || endings.contains(where: { entry.shown.ends(with: $0) }) {
        throw failure(
          folder, "it contains '\(entry.shown)', whose name is not UTF-8",
          "rename it, or remove it from the folder")
      }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What a path leads to.
  private static func kind(of path: String, _ hint: String) throws -> Disk.Kind {
    do throws(FileError) { return try Disk.kind(of: path) } catch {
      throw failure(path, error.reason, hint)
    }
  }

  private static func failure(_ path: String, _ reason: String, _ hint: String) -> CommandError {
    CommandError("cannot be read: \(reason)", hint: hint, file: path, consequence: nil)
  }
}
