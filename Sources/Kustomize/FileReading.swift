/// Reads the files of a repository, from disk or from memory.

internal import Text

/// What exists at a path.
package enum FileKind: Sendable {
  case nothing, file, folder
  /// A link, or a path through one, that leads outside what is read.
  case outside
}

/// The files below one folder.
///
/// Paths have no `.`, `..` or leading slash; `.` is the folder itself.
package protocol FileReading {
  func kind(of path: String) -> FileKind
  /// The bytes of a file; nil if it does not exist or cannot be read.
  ///
  /// - Throws: if the file has more than `limit` bytes; it is not read then.
  func bytes(of path: String, limit: Int) throws -> [UInt8]?
}

/// A folder in memory.
package struct FilesInMemory: FileReading {
  private let files: [Name: [UInt8]]
  private let folders: Set<Name>

  package init(_ files: [String: String]) {
    self.files = Dictionary(
      files.map { (Name($0), Array($1.utf8)) }, uniquingKeysWith: { first, _ in first })
    var folders: Set<Name> = [Name(".")]
    for path in files.keys {
      var place = path
      while let folder = Path.split(place).folder, folder != "/" {
        folders.insert(Name(folder))
        place = folder
      }
    }
    self.folders = folders
  }

  package func kind(of path: String) -> FileKind {
    if files[Name(path)] != nil { return .file }
    return folders.contains(Name(path)) ? .folder : .nothing
  }

  package func bytes(of path: String, limit: Int) -> [UInt8]? { files[Name(path)] }
}
