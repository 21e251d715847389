/// Walks the fields of a kustomization, or of a plugin's configuration.

internal import Text
internal import YAML

/// Compares the fields with a table and collects what each one names.
struct FieldWalk {
  /// A text that names something.
  struct Found {
    let text: String
    let use: FieldUse
    let location: Location
  }

  /// What the resources of a kustomization are.
  enum Content {
    case objects
    /// The configurations of plugins.
    case plugins
  }

  let table: FieldTable
  /// The file that contains the fields, and the folder that its paths are relative to.
  var path: String
  let folder: String
  var content = Content.objects
  /// The location of an inline text, whose nodes have no lines of their own.
  var override: Location?
  private(set) var found: [Found] = []
  private(set) var faults: [KustomizationGraph.Fault] = []

  init(table: FieldTable, path: String, folder: String, content: Content = .objects) {
    self.table = table
    self.path = path
    self.folder = folder
    self.content = content
  }

  /// The fields of a kustomization that only gathers plugin configurations.
  private static let gathering: Set<String> = ["apiversion", "kind", "metadata", "resources"]

  /// - Parameter place: the path of the mapping in the table; empty for the root.
  mutating func fields(_ node: Node, _ place: String) {
    for entry in node.entries ?? [] {
      guard let key = entry.key.scalar else {
        fault(entry.key.location, .unknownField(place))
        continue
      }
      let name = asciiLowercased(key)
      if content == .plugins, place.isEmpty, !Self.gathering.contains(name), !entry.value.isNull {
        fault(entry.key.location, .builtPlugin)
        continue
      }
      let field = place.isEmpty ? name : "\(place).\(name)"
      let chosen = place + "{}"
      if table.use(field) != nil || table.isOnTheWay(field) {
        value(entry.value, field, key, entry.key.location)
      } else if table.use(chosen) != nil {
        value(entry.value, chosen, key, entry.key.location)
      } else {
        fault(entry.key.location, .unknownField(key))
      }
    }
  }

  private mutating func value(_ node: Node, _ place: String, _ key: String, _ location: Location) {
    let use = table.use(place)
    if use == .chart, !node.isNull {
      found.append(Found(text: "", use: .chart, location: override ?? location))
    }
    if node.isNull || use == .any || use == .chart { return }
    let item = place + "[]"
    if let items = node.items {
      guard table.use(item) != nil || table.isOnTheWay(item) else {
        return fault(location, .unknownField(key))
      }
      for inner in items { value(inner, item, key, inner.location) }
    } else if let text = node.scalar {
      // A single text in place of a list counts as its only item.
      guard let use = use ?? table.use(item) else { return fault(location, .unknownField(key)) }
      if use == .text { return }
      found.append(Found(text: text, use: use, location: override ?? node.location))
    } else {
      guard table.isOnTheWay(place) else { return fault(location, .unknownField(key)) }
      fields(node, place)
    }
  }

  private mutating func fault(_ location: Location, _ kind: KustomizationGraph.Fault.Kind) {
    faults.append(.init(path: path, location: override ?? location, kind: kind))
  }

  /// The mappings of a text that is itself YAML; nil for a text that can only be a path.
  static func inline(_ text: String) -> [Node]? {
    guard text.holds("\n") || text.holds(":") || text.holds("{") || text.holds("[") else {
      return nil
    }
    guard let source = try? SourceText(Array(text.utf8)), let documents = try? parseYAML(source)
    else { return nil }
    var roots: [Node] = []
    for document in documents {
      guard let root = try? document.writtenOut(), !root.isNull else { continue }
      guard root.scalar == nil else { return nil }
      roots.append(root)
    }
    return roots.isEmpty ? nil : roots
  }

  /// The first tag that changes the meaning of a value: `!!binary` can hide an address.
  static func strangeTag(in root: Node) -> Location? {
    let plain = ["str", "int", "float", "bool", "null", "map", "seq"].map {
      "tag:yaml.org,2002:" + $0
    }
    var found: Location?
    root.visit { node in
      guard let tag = node.tag, tag != "!", !plain.contains(tag) else { return }
      found = found ?? node.location
    }
    return found
  }
}
