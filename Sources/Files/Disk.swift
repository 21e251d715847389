/// What the file system says of paths anywhere, for files that the user names.

internal import Glibc
internal import Text

/// Questions about paths; nothing here changes anything.
package enum Disk {
  /// What is at a path.
  package enum Kind: Sendable { case file, folder, link, other }

  /// A name in a folder.
  package struct Entry: Sendable {
    /// Nil if it is not UTF-8.
    package let name: String?
    /// The name with what is not UTF-8 replaced, for messages.
    package let shown: String
    package let kind: Kind
  }

  /// Returns the absolute path without symbolic links, or nil if there is nothing.
  package static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// Returns the absolute path without symbolic links of something that exists.
  package static func resolved(_ path: String) throws(FileError) -> String {
    guard let real = realPath(path) else { throw FileError("resolve", path) }
    return real
  }

  /// Returns the absolute path of a file that need not exist, in a folder that does.
  ///
  /// - Throws: the failure for the folder, or for a link that leads nowhere.
  package static func placePath(_ name: String) throws(FileError) -> String {
    if let real = realPath(name) { return real }
    let code = errno
    let (parent, last) = Path.split(name)
    guard code == ENOENT, !last.isEmpty, last != ".", last != "..",
      let folder = realPath(parent ?? ".")
    else { throw FileError("write", name) }
    return Path.join(folder, last)
  }

  /// Whether something is at a path; a link that leads nowhere is nothing.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether it is known that nothing is at a path; a path that cannot be looked at is not missing.
  package static func isMissing(_ path: String) -> Bool {
    do throws(FileError) {
      _ = try kind(of: path)
      return false
    } catch { return error.code == ENOENT || error.code == ENOTDIR }
  }

  /// The working folder; nil if it no longer exists.
  package static var workingFolder: String? {
    guard let current = getcwd(nil, 0) else { return nil }
    defer { free(current) }
    return String(cString: current)
  }

  /// Changes the working folder.
  package static func enter(_ folder: String) throws(FileError) {
    guard chdir(folder) == 0 else { throw FileError("change to", folder) }
  }

  /// Returns what a path leads to.
  package static func kind(of path: String) throws(FileError) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("stat", path) }
    return kind(mode: status.st_mode)
  }

  /// Returns what is at a path itself, which may be a link.
  package static func kind(ofPathItself path: String) throws(FileError) -> Kind {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError("stat", path) }
    return kind(mode: status.st_mode)
  }

  /// Whether everybody may create files in a folder, but not remove those of others, as in /tmp.
  package static func isShared(_ folder: String) -> Bool {
    var status = stat()
    return stat(folder, &status) == 0 && status.st_mode & 0o1002 == 0o1002
  }

  /// The number of the user for whom the process acts.
  package static var user: UInt32 { geteuid() }

  /// Returns the names in a folder without `.` and `..`, in no order.
  package static func entries(of folder: String) throws(FileError) -> [Entry] {
    guard let stream = opendir(folder) else { throw FileError("open", folder) }
    defer { closedir(stream) }
    var entries: [Entry] = []
    errno = 0
    while let entry = readdir(stream) {
      let (name, shown) = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          (String(validatingCString: $0), String(cString: $0))
        }
      }
      if name != ".", name != ".." {
        entries.append(Entry(name: name, shown: shown, kind: kind(type: entry.pointee.d_type)))
      }
      errno = 0
    }
    guard errno == 0 else { throw FileError("read", folder) }
    return entries
  }

  private static func kind(mode: mode_t) -> Kind {
    switch mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    case S_IFLNK: .link
    default: .other
    }
  }

  private static func kind(type: UInt8) -> Kind {
    switch Int(type) {
    case DT_REG: .file
    case DT_DIR: .folder
    case DT_LNK: .link
    default: .other
    }
  }
}
