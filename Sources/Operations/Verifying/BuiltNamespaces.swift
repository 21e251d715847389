/// Which kustomizations include which files and folders, and the namespaces that they set.

internal import Text

/// The namespaces in which files are built, as far as kustomizations tell.
struct BuiltNamespaces {
  private struct Includer {
    let folder: String
    let namespace: String?
  }

  /// What includes a file or folder, by its absolute path.
  private var includers: [Name: [Includer]] = [:]

  private static let maximumDepth = 50

  /// Notes that the kustomization of a folder includes a file or folder.
  ///
  /// - Parameter path: the absolute path of what is included.
  /// - Parameter namespace: the namespace that the kustomization sets, if any.
  mutating func note(_ path: String, in folder: String, namespace: String?) {
    includers[Name(path), default: []].append(Includer(folder: folder, namespace: namespace))
  }

  /// The namespace that a file is built in; nil if none is set, or if builds set different ones.
  ///
  /// - Parameter path: the absolute path of the file.
  func namespace(of path: String) -> String? {
    var found: Set<Name> = []
    collect(path, nil, depth: 0, &found)
    return found.count == 1 ? found.first?.text : nil
  }

  /// Follows what includes a path to the outermost kustomization, whose namespace counts.
  private func collect(
    _ path: String, _ namespace: String?, depth: Int, _ found: inout Set<Name>
  ) {
    let above = depth < Self.maximumDepth ? includers[Name(path)] ?? [] : []
    guard !above.isEmpty else {
      if let namespace { found.insert(Name(namespace)) }
      return
    }
    for includer in above {
      collect(includer.folder, includer.namespace ?? namespace, depth: depth + 1, &found)
    }
  }
}
