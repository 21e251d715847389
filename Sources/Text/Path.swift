/// String operations on `/`-separated paths; no file is accessed.

package enum Path {
  /// The non-empty steps of a path.
  package static func steps(_ path: String) -> [String] {
    path.pieces(between: "/").filter { !$0.isEmpty }
  }

  /// The last step; empty if the path ends with a slash.
  package static func name(_ path: String) -> String {
    // Splitting gives at least one piece.
    path.pieces(between: "/").last ?? path
  }

  /// The folder and the last step; a path of one step has no folder.
  package static func split(_ path: String) -> (folder: String?, name: String) {
    let name = name(path)
    guard name.utf8.count < path.utf8.count else { return (nil, name) }
    let folder = String(Substring(path.utf8.dropLast(name.utf8.count + 1)))
    return (folder.isEmpty ? "/" : folder, name)
  }

  /// The folder of an absolute path; for `/` it is `/`.
  package static func parent(_ path: String) -> String { split(path).folder ?? "/" }

  /// Joins a folder and a path beneath it; the folder `.` is dropped.
  package static func join(_ folder: String, _ name: String) -> String {
    folder == "." ? name : folder == "/" ? "/" + name : "\(folder)/\(name)"
  }

  /// Whether `path` is `folder` or is beneath it.
  package static func isIn(_ path: String, folder: String) -> Bool {
    folder === path || relative(path, to: folder) != nil
  }

  /// The path from a folder to something beneath it; nil if it is not beneath it.
  package static func relative(_ path: String, to folder: String) -> String? {
    path.without(prefix: folder == "/" ? "/" : folder + "/")
  }

  /// Resolves a relative path from a folder, without `.` and `..`; nil if it leaves what the folder
  /// is relative to.
  package static func resolved(_ path: String, from folder: String) -> String? {
    var steps: [String] = []
    for step in Path.steps(folder) + Path.steps(path) where step != "." {
      if step != ".." { steps.append(step) } else if steps.popLast() == nil { return nil }
    }
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }

  package static func isAbsolute(_ path: String) -> Bool { path.begins(with: "/") }
}
