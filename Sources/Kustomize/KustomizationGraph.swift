/// What a build reads: every local kustomization, every file that one of them names, and what a
/// build must not do.

internal import Manifests
package import Text
package import YAML

/// The kustomizations that one includes, at any depth, and the files that all of them name.
///
/// They are found before a builder starts, from exactly the fields that kustomize reads. So what is
/// remote or leaves the folder is known by its line, and what nothing reads is not copied.
package struct KustomizationGraph: Sendable {
  /// One reason not to start a builder.
  package struct Fault: Sendable {
    package enum Kind: Sendable {
      /// An address that the builder would fetch.
      case remote(String)
      /// A path or a link that leads out of the folder.
      case leaves(String)
      /// A field, or a form of one, that is not in the table of fields.
      case unknownField(String)
      /// The configuration of a program, or of a plugin that is not in the table.
      case unknownPlugin(String)
      /// Plugins whose configuration is itself the result of a build.
      case builtPlugin
      /// A tag that changes the meaning of a value.
      case tag
      /// Not readable as YAML, or as a kustomization.
      case unreadable(String)
      /// More files, bytes or kustomizations than a build may have.
      case tooMuch(String)
    }

    package let path: String
    package let location: Location?
    package let kind: Kind

    package var isRemote: Bool {
      if case .remote = kind { true } else { false }
    }
  }

  /// Something that is named but does not exist.
  package struct Missing: Sendable {
    package let path: String
    package let location: Location
    package let name: String
  }

  /// A kustomization file that the build reads.
  package struct Place: Sendable {
    package let path: String
    package let folder: String
    /// The folders of the kustomizations that it includes, repeated as often as it includes them.
    package fileprivate(set) var includes: [String] = []
  }

  /// Every file that a build reads, by its path.
  package private(set) var files: [Name: [UInt8]] = [:]
  package private(set) var places: [Place] = []
  package private(set) var faults: [Fault] = []
  package private(set) var missing: [Missing] = []
  /// The places that name Helm charts, which a build inflates only if it is told to.
  package private(set) var charts: [(path: String, location: Location)] = []

  /// The maximum number of files, and of bytes, that a build may read: a tree is handwritten text.
  package static let mostFiles = 20_000
  package static let mostBytes = 64 << 20

  private let reading: any FileReading & Sendable
  private var open: [(folder: String, content: FieldWalk.Content)] = []
  private var seen: Set<Name> = []
  private var bytesInAll = 0
  /// The bytes of the resources that each folder names directly.
  private(set) var resourceBytes: [Name: Int] = [:]

  /// - Parameter folder: that of the kustomization to build.
  package init(_ folder: String, reading: any FileReading & Sendable) {
    self.reading = reading
    enter(folder, as: .objects)
    while let next = open.popLast() { walk(next.folder, as: next.content) }
    countBuilds(folder)
  }

  private mutating func enter(_ folder: String, as content: FieldWalk.Content) {
    let prefix = content == .plugins ? "plugins:" : ""
    guard seen.insert(Name(prefix + folder)).inserted else { return }
    open.append((folder, content))
  }

  private mutating func walk(_ folder: String, as content: FieldWalk.Content) {
    for name in Kustomization.fileNames {
      let path = Path.join(folder, name)
      guard let bytes = read(path) else { continue }
      places.append(Place(path: path, folder: folder))
      guard let roots = roots(of: bytes, path) else { continue }
      for root in roots where !root.isNull {
        guard root.entries != nil else {
          fault(path, root.location, .unreadable("is \(root.kindName), not a kustomization"))
          continue
        }
        var walk = FieldWalk(
          table: .kustomization, path: path, folder: folder, content: content)
        walk.fields(root, "")
        take(walk)
      }
    }
  }

  /// Follows what a walk over fields has found.
  private mutating func take(_ walk: FieldWalk) {
    faults += walk.faults
    for found in walk.found {
      switch found.use {
      case .file: file(found.text, found, walk)
      case .pair: file(found.text.place(of: "=")?.after ?? found.text, found, walk)
      case .fileOrText: fileOrText(found, walk)
      case .resource: resource(found, walk)
      case .plugin: plugin(found, walk)
      case .chart: charts.append((walk.path, found.location))
      case .text, .any: break
      }
    }
  }

  // MARK: What a field names

  /// Resolves what a text names; nil, with a fault, if it is remote or leaves the folder.
  private mutating func path(
    _ text: String, _ found: FieldWalk.Found, _ walk: FieldWalk
  ) -> String? {
    guard !text.isEmpty else { return nil }
    if RemoteAddress.isAddress(text) {
      fault(
        walk.path, found.location,
        RemoteAddress.isLocal(text)
          ? .leaves(found.text) : .remote(SecretName.quotedAddress(found.text)))
      return nil
    }
    guard !Path.isAbsolute(text), !text.utf8.contains(0),
      let path = Path.resolved(text, from: walk.folder)
    else {
      fault(walk.path, found.location, .leaves(found.text))
      return nil
    }
    return path
  }

  private mutating func file(_ text: String, _ found: FieldWalk.Found, _ walk: FieldWalk) {
    guard let path = path(text, found, walk) else { return }
    switch reading.kind(of: path) {
    case .file: _ = read(path, found, walk)
    case .outside: fault(walk.path, found.location, .leaves(found.text))
    case .folder, .nothing: miss(found.text, found, walk)
    }
  }

  private mutating func fileOrText(_ found: FieldWalk.Found, _ walk: FieldWalk) {
    if !found.text.holds("\n"), RemoteAddress.begins(found.text) {
      return file(found.text, found, walk)
    }
    if FieldWalk.inline(found.text) != nil { return }
    if isText(found, walk) { return }
    file(found.text, found, walk)
  }

  /// Whether a text cannot be a path although it is no readable YAML; that is a fault.
  private mutating func isText(_ found: FieldWalk.Found, _ walk: FieldWalk) -> Bool {
    let first = found.text.utf8.first { $0 != 32 }
    guard
      found.text.holds("\n") || first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    else { return false }
    fault(walk.path, found.location, .unreadable("an inline text cannot be read as YAML"))
    return true
  }

  private mutating func resource(_ found: FieldWalk.Found, _ walk: FieldWalk) {
    guard let path = path(found.text, found, walk) else { return }
    switch reading.kind(of: path) {
    case .file:
      guard let bytes = read(path, found, walk) else { return }
      resourceBytes[Name(walk.folder), default: 0] += bytes.count
      if walk.content == .plugins { plugins(bytes, path, walk) }
    case .folder:
      guard
        Kustomization.fileNames.contains(where: {
          reading.kind(of: Path.join(path, $0)) != .nothing
        })
      else { return miss(found.text, found, walk) }
      places[places.count - 1].includes.append(path)
      enter(path, as: walk.content)
    case .outside: fault(walk.path, found.location, .leaves(found.text))
    case .nothing: miss(found.text, found, walk)
    }
  }

  private mutating func plugin(_ found: FieldWalk.Found, _ walk: FieldWalk) {
    var inner = walk
    inner.content = .plugins
    if !found.text.holds("\n"), RemoteAddress.begins(found.text) { return resource(found, inner) }
    guard let roots = FieldWalk.inline(found.text) else {
      return isText(found, walk) ? () : resource(found, inner)
    }
    for root in roots where FieldWalk.strangeTag(in: root) != nil {
      fault(walk.path, found.location, .tag)
    }
    configurations(roots, walk, at: found.location)
  }

  /// Reads the configurations in a file.
  private mutating func plugins(_ bytes: [UInt8], _ path: String, _ walk: FieldWalk) {
    guard let roots = roots(of: bytes, path) else { return }
    // Its paths are relative to the kustomization.
    var inner = walk
    inner.path = path
    configurations(roots, inner, at: nil)
  }

  private mutating func configurations(_ roots: [Node], _ walk: FieldWalk, at location: Location?) {
    var open = roots
    while let root = open.popLast() {
      if root.isNull { continue }
      if let items = root["items"]?.items, root["kind"]?.scalar?.ends(with: "List") == true {
        open += items
        continue
      }
      let kind = root["kind"]?.scalar ?? ""
      guard root["apiVersion"]?.scalar == "builtin", let table = FieldTable.plugins[kind] else {
        fault(walk.path, location ?? root.location, .unknownPlugin(kind))
        continue
      }
      var inner = FieldWalk(table: table, path: walk.path, folder: walk.folder)
      inner.override = location
      inner.fields(root, "")
      take(inner)
    }
  }

  // MARK: Reading

  private mutating func roots(of bytes: [UInt8], _ path: String) -> [Node]? {
    do throws(YAMLError) {
      var roots: [Node] = []
      for document in try parseYAML(try SourceText(bytes)) {
        guard let root = try document.writtenOut() else { continue }
        FieldWalk.strangeTag(in: root).map { fault(path, $0, .tag) }
        roots.append(root)
      }
      return roots
    } catch {
      fault(path, error.location, .unreadable(error.message))
      return nil
    }
  }

  private mutating func read(
    _ path: String, _ found: FieldWalk.Found? = nil, _ walk: FieldWalk? = nil
  ) -> [UInt8]? {
    if let known = files[Name(path)] { return known }
    if found == nil, reading.kind(of: path) == .outside {
      fault(path, nil, .leaves(path))
      return nil
    }
    do {
      guard files.count < Self.mostFiles else { throw TooMuch() }
      let limit = Self.mostBytes - bytesInAll
      guard let bytes = try reading.bytes(of: path, limit: limit) else { return nil }
      bytesInAll += bytes.count
      files[Name(path)] = bytes
      return bytes
    } catch {
      // Reported once; the rest is not read.
      if !faults.contains(where: { if case .tooMuch = $0.kind { true } else { false } }) {
        fault(
          walk?.path ?? path, found?.location,
          .tooMuch(
            "a build may read at most \(Self.mostFiles) files and \(Self.mostBytes >> 20) MiB in all, and '\(path)' exceeds that"
          ))
      }
      return nil
    }
  }

  private struct TooMuch: Error {}

  mutating func fault(_ path: String, _ location: Location?, _ kind: Fault.Kind) {
    faults.append(Fault(path: path, location: location, kind: kind))
  }

  private mutating func miss(_ text: String, _ found: FieldWalk.Found, _ walk: FieldWalk) {
    missing.append(Missing(path: walk.path, location: found.location, name: text))
  }
}
