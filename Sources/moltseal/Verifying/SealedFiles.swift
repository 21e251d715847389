/// The SealedSecret files among the files and folders that the user named.

internal import Glibc
internal import Manifests
internal import Text
internal import YAML

/// A file that may contain SealedSecrets.
struct SealedFile: Sendable {
  let path: String
  /// Whether the user named the file itself, and not a folder above it.
  let isNamed: Bool

  private static let endings = [".yml", ".yaml", ".json"]

  /// The files behind `paths`, each once, however many paths lead to it.
  ///
  /// For a folder, these are every .yml, .yaml and .json below it. Hidden folders below it are
  /// skipped, and so are symbolic links, with a warning for one that is named like a manifest.
  ///
  /// - Throws: `CommandError` for everything that cannot be read, because what was not read must
  ///   not be reported as correct.
  static func find(_ paths: [String]) throws -> [SealedFile] {
    var places: [ByBytes: Int] = [:]
    var files: [SealedFile] = []
    for file in try paths.flatMap({ try found(behind: $0) }) {
      let place = places[ByBytes(realPath(file.path)), default: files.count]
      if place == files.count {
        places[ByBytes(realPath(file.path))] = place
        files.append(file)
      } else if file.isNamed {
        files[place] = file
      }
    }
    return files
  }

  private static func realPath(_ path: String) -> String {
    guard path != "-", let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func found(behind path: String) throws -> [SealedFile] {
    var status = stat()
    guard path == "-" || stat(path, &status) == 0 else {
      throw failure(path, String(cString: strerror(errno)), "check the path")
    }
    guard path != "-", status.st_mode & S_IFMT == S_IFDIR else {
      return [SealedFile(path: path, isNamed: true)]
    }
    let folder = path == "/" ? path : path.without(suffix: "/") ?? path
    return try below(folder).map { SealedFile(path: $0, isNamed: false) }
  }

  private static func below(_ folder: String) throws -> [String] {
    var files: [String] = []
    for name in try names(in: folder) where !name.begins(with: ".") {
      let path = folder + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else {
        // A file that was deleted meanwhile does not count.
        if errno == ENOENT { continue }
        throw failure(path, String(cString: strerror(errno)), "check its permissions")
      }
      let isManifest = endings.contains { name.ends(with: $0) }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: files += try below(path)
      case S_IFREG: if isManifest { files.append(path) }
      case S_IFLNK:
        if isManifest {
          guard stat(path, &status) == 0 else {
            throw failure(path, String(cString: strerror(errno)), "fix the link, or remove it")
          }
          Terminal.warning("\(path) is a symbolic link and was skipped; name its target")
        }
      default:
        if isManifest {
          throw failure(path, "it is not a regular file", "remove it from the folder")
        }
      }
    }
    return files
  }

  /// The names in a folder, sorted by bytes.
  private static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else {
      throw failure(folder, String(cString: strerror(errno)), "check its permissions")
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let (name, repaired) = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          (String(validatingCString: $0), String(cString: $0))
        }
      }
      if let name {
        names.append(name)
      } else if Int(entry.pointee.d_type) != DT_REG
        || endings.contains(where: { repaired.ends(with: $0) })
      {
        throw failure(
          folder, "it contains '\(repaired)', whose name is not UTF-8",
          "rename it, or remove it from the folder")
      }
      errno = 0
    }
    guard errno == 0 else {
      throw failure(folder, String(cString: strerror(errno)), "check its permissions")
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func failure(_ path: String, _ reason: String, _ hint: String) -> CommandError {
    CommandError("cannot be read: \(reason)", hint: hint, file: path, consequence: nil)
  }
}
