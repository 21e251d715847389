/// A folder of our own, outside the workspace, that goes with its owner.

internal import CLinux
internal import Glibc
internal import Text

/// Holds copies of files of a repository, and nothing that has to stay.
package final class ScratchFolder {
  /// Its absolute path.
  package let path: String
  /// The folders that were made.
  private var made: Set<ByBytes> = []

  /// - Parameter parent: where it is made, `/tmp` for instance.
  /// - Throws: `FileError`.
  package init(in parent: String) throws(FileError) {
    var template = Array("\(parent)/moltseal-XXXXXX".utf8CString)
    // The permissions are 0700.
    guard mkdtemp(&template) != nil else { throw FileError("mkdtemp", parent) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Writes a new file, and the folders on the way.
  ///
  /// - Parameter file: relative to the folder, without `..`.
  package func write(_ file: String, _ bytes: [UInt8]) throws(FileError) {
    let steps = Path.steps(file)
    guard !steps.isEmpty, !steps.contains("..") else { throw FileError("open", file, code: EXDEV) }
    try makeFolder(steps.dropLast().joined(separator: "/"))
    let target = Path.join(path, steps.joined(separator: "/"))
    try Descriptor(file: target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600).write(bytes, target)
  }

  /// Makes a folder, and those on the way.
  package func makeFolder(_ folder: String) throws(FileError) {
    var place = path
    for step in Path.steps(folder) {
      place += "/" + step
      guard made.insert(ByBytes(place)).inserted else { continue }
      guard mkdir(place, 0o700) == 0 || errno == EEXIST else { throw FileError("mkdir", place) }
    }
  }

  deinit { ScratchFolder.remove(path) }

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    guard let stream = opendir(path) else { return }
    for name in entryNames(stream) where name != "." && name != ".." { remove("\(path)/\(name)") }
    closedir(stream)
    rmdir(path)
  }
}
