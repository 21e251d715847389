/// What ArgoCD and Flux do to the kustomizations of a repository, according to the objects in it.

internal import Kubernetes
internal import Manifests
internal import SecretIO
internal import Text
internal import YAML

struct DeployedPlaces {
  struct Place {
    /// The file that says so.
    let file: String
    /// The namespace of objects without one.
    let namespace: String?
    /// What is added before and after names when the build is done.
    let prefix: String?
    let suffix: String?
    /// Whether what deploys it applies one wave after another.
    var hasWaves = false
  }

  private var places: [Name: [Place]] = [:]
  private static let groups = ["argoproj.io", "kustomize.toolkit.fluxcd.io"]
  private static let limit = 1 << 20

  /// - Parameter objects: the objects of the repository, and the file of each.
  /// - Parameter prefix: the path from the repository's root to this folder: empty, or with a slash
  ///   at its end.
  init(_ objects: [(root: Node, file: String)], prefix: String) {
    for (root, file) in objects { note(root, file, prefix) }
  }

  /// Reads the objects of ArgoCD and Flux in the working folder.
  static func read(prefix: String) -> DeployedPlaces {
    // A file that cannot be read is reported when it is built, if it belongs to a build.
    let files = (try? SealedFile.find(["."])) ?? []
    return DeployedPlaces(files.flatMap { objects(in: $0.path) }, prefix: prefix)
  }

  private static func objects(in file: String) -> [(root: Node, file: String)] {
    guard let bytes = try? PlainFile.read(file), bytes.count <= limit,
      groups.contains(where: { bytes.contains(text: $0) }), let documents = try? parseStream(bytes)
    else { return [] }
    return documents.compactMap { (try? $0.writtenOut()) ?? nil }.flatMap(\.objects).map {
      ($0, file.without(prefix: "./") ?? file)
    }
  }

  private mutating func note(_ root: Node, _ file: String, _ prefix: String) {
    let group = root["apiVersion"]?.scalar ?? ""
    guard Self.groups.contains(where: { group.begins(with: $0) }) else { return }
    switch root["kind"]?.scalar {
    case "Application": application(root["spec"], file, prefix)
    case "ApplicationSet": application(root.at("spec", "template", "spec"), file, prefix)
    case "Kustomization":
      let spec = root["spec"]
      add(
        spec?["path"]?.scalar ?? ".", prefix,
        Place(
          file: file, namespace: namespace(spec?["targetNamespace"]),
          prefix: text(spec?["namePrefix"]),
          suffix: text(spec?["nameSuffix"])))
    default: return
    }
  }

  private mutating func application(_ spec: Node?, _ file: String, _ prefix: String) {
    let sources = (spec?["source"].map { [$0] } ?? []) + (spec?["sources"]?.items ?? [])
    for source in sources {
      guard let path = source["path"]?.scalar, source["chart"] == nil else { continue }
      let kustomize = source["kustomize"]
      add(
        path, prefix,
        Place(
          file: file,
          namespace: namespace(kustomize?["namespace"])
            ?? namespace(spec?.at("destination", "namespace")),
          prefix: text(kustomize?["namePrefix"]), suffix: text(kustomize?["nameSuffix"]),
          hasWaves: true))
    }
  }

  /// A text, unless a tool fills it in later.
  private func text(_ node: Node?) -> String? {
    guard let text = node?.scalar, !text.isEmpty, !TemplateText.isTemplate(text) else { return nil }
    return text
  }

  /// A namespace, if it is valid.
  private func namespace(_ node: Node?) -> String? {
    text(node).flatMap { KubernetesNames.faultOfLabel($0) == nil ? $0 : nil }
  }

  private mutating func add(_ path: String, _ prefix: String, _ place: Place) {
    guard !TemplateText.isTemplate(path) else { return }
    let steps = Path.steps(path).filter { $0 != "." }.joined(separator: "/")
    guard let folder = prefix.isEmpty ? steps : (steps + "/").without(prefix: prefix) else {
      return
    }
    let plain = folder.without(suffix: "/") ?? folder
    places[Name(plain.isEmpty ? "." : plain), default: []].append(place)
  }

  /// Whether ArgoCD deploys a folder, in the order of its waves.
  func hasWaves(_ folder: String) -> Bool {
    places[Name(folder)]?.contains(where: \.hasWaves) ?? false
  }

  /// What is done to a folder's build; nil if nothing says so, or if objects disagree.
  func place(of folder: String) -> Place? {
    let found = places[Name(folder)] ?? []
    guard let first = found.first else { return nil }
    let isOne = found.allSatisfy {
      $0.namespace == first.namespace && $0.prefix == first.prefix && $0.suffix == first.suffix
    }
    return isOne ? first : nil
  }
}
