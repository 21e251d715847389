/// The SealedSecrets of files and folders that a person named.

internal import Glibc
internal import Manifests
internal import YAML

/// A file that may hold SealedSecrets.
struct SealedFile: Sendable {
  let path: String
  /// Whether the person named it, and not a folder above it.
  let isNamed: Bool

  /// The files behind `paths`; of a folder every .yml, .yaml and .json below it.
  ///
  /// Hidden folders and symbolic links below a folder are passed by.
  static func find(_ paths: [String]) throws -> [SealedFile] {
    try paths.flatMap { path in
      var status = stat()
      guard path == "-" || stat(path, &status) == 0 else {
        throw CommandError(
          "cannot be read: \(String(cString: strerror(errno)))", hint: "check the path",
          file: path, consequence: nil)
      }
      guard path != "-", status.st_mode & S_IFMT == S_IFDIR else {
        return [SealedFile(path: path, isNamed: true)]
      }
      let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
      return try below(folder).map { SealedFile(path: $0, isNamed: false) }
    }
  }

  private static func below(_ folder: String) throws -> [String] {
    guard let stream = opendir(folder) else {
      throw CommandError(
        "cannot be read: \(String(cString: strerror(errno)))", hint: "check its permissions",
        file: folder, consequence: nil)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    var files: [String] = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = folder + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: files += try below(path)
      case S_IFREG where [".yml", ".yaml", ".json"].contains(where: { name.hasSuffix($0) }):
        files.append(path)
      default: continue
      }
    }
    return files
  }
}
