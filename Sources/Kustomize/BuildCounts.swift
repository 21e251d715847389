/// How often a builder would build each kustomization.

internal import Text

extension KustomizationGraph {
  /// The maximum number of builds in all, and of bytes of resources that they may have.
  static let mostBuilds = 20_000
  static let mostBuiltBytes = 256 << 20
  /// The longest chain of kustomizations that include each other; a builder recurses as deep.
  package static let mostDepth = 1000

  /// Counts the builds: what is included twice is built twice, with everything that it includes.
  mutating func countBuilds(_ root: String) {
    var includes: [Name: [Name]] = [:]
    for place in places {
      includes[Name(place.folder), default: []] += place.includes.map { Name($0) }
    }
    var waiting: [Name: Int] = [:]
    for folder in includes.values.flatMap({ $0 }) { waiting[folder, default: 0] += 1 }
    var counts: [Name: Int] = [Name(root): 1]
    var depths: [Name: Int] = [:]
    var open = [Name(root)]
    var (builds, bytes) = (0, 0)
    // A kustomization in a cycle is never reached; the builder itself refuses it.
    while let folder = open.popLast() {
      let count = counts[folder] ?? 0
      builds += count
      bytes += count * (resourceBytes[folder] ?? 0)
      guard builds <= Self.mostBuilds, bytes <= Self.mostBuiltBytes else {
        return refuse(
          folder,
          "it is included so often that the build would have more than \(Self.mostBuilds) parts or \(Self.mostBuiltBytes >> 20) MiB"
        )
      }
      let depth = depths[folder, default: 0] + 1
      for inner in includes[folder] ?? [] {
        guard depth <= Self.mostDepth else {
          return refuse(
            folder,
            "it is part of a chain of more than \(Self.mostDepth) kustomizations that include each other"
          )
        }
        depths[inner] = max(depths[inner] ?? 0, depth)
        counts[inner, default: 0] += count
        waiting[inner, default: 0] -= 1
        if waiting[inner] == 0 { open.append(inner) }
      }
    }
  }

  private mutating func refuse(_ folder: Name, _ reason: String) {
    let path = places.first { $0.folder === folder.text }?.path ?? folder.text
    fault(path, nil, .tooMuch(reason))
  }
}
