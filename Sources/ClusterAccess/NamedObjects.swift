/// The Secrets and ConfigMaps of a namespace by name: of a Secret only its metadata is asked for.

internal import Cluster
internal import Processes
internal import Text
internal import YAML

extension ClusterRequests {
  /// Asks for some Secrets and ConfigMaps of a namespace, with one start of kubectl.
  ///
  /// - Returns: a reading for each Secret, in order, and the ConfigMaps that exist; nil if none
  ///   was asked for.
  func named(
    secrets: [String], configMaps: [String], _ namespace: String
  ) throws -> (secrets: [(name: String, reading: SecretReading)], configMaps: Listing?) {
    let (secrets, configMaps) = (secrets.inOrderOnce, configMaps.inOrderOnce)
    guard !secrets.isEmpty || !configMaps.isEmpty else { return ([], nil) }
    let answer = try explained {
      try kubectl.metadata(
        secrets: secrets, configMaps: configMaps, annotations: SecretReading.annotations,
        namespace: namespace)
    }
    let lines = MetadataLines(answer.output)
    let read = secrets.map { name in
      (name: name, reading: lines.secret(name, failures: answer.failures))
    }
    guard !configMaps.isEmpty else { return (read, nil) }
    if let failure = answer.failures.first(where: { $0.concernsConfigMaps }) {
      return (read, .unread(failure.words))
    }
    return (read, .objects(configMaps.compactMap { lines.configMap($0) }))
  }
}

/// What kubectl has printed of some objects: a line of fields for each, and a line of data for each
/// ConfigMap.
private struct MetadataLines {
  /// The fields of each object, by `KIND/NAME`; empty if they cannot be trusted.
  private var metadata: [String: [[UInt8]]] = [:]
  /// The data of each ConfigMap, as JSON, by its name.
  private var data: [String: [UInt8]] = [:]

  init(_ output: [UInt8]) {
    for line in output.split(separator: 10) {
      let fields = line.split(separator: 9, omittingEmptySubsequences: false).map { Array($0) }
      let first = String(decoding: fields[0], as: UTF8.self)
      if first == "Secret" || first == "ConfigMap" {
        guard fields.count == 7 + SecretReading.annotations.count else { continue }
        let place = "\(first)/\(String(decoding: fields[1], as: UTF8.self))"
        // If a line occurs twice, somebody has put it into a value.
        metadata[place] = metadata[place] == nil ? fields : []
      } else if fields.count == 2 {
        data[first] = fields[1]
      }
    }
  }

  /// What is known of a Secret.
  func secret(_ name: String, failures: [Kubectl.Failure]) -> SecretReading {
    if let fields = metadata["Secret/\(name)"] {
      return object(fields).map { .metadata($0) } ?? .unread("the server's answer is not an object")
    }
    guard let failure = failures.first(where: { $0.concerns(secret: name) }) else {
      return .absent
    }
    return failure.reason == "Forbidden" ? .forbidden : .unread(failure.words)
  }

  /// A ConfigMap with its data; nil if it does not exist.
  func configMap(_ name: String) -> Node? {
    metadata["ConfigMap/\(name)"].flatMap { object($0, data: data[name]) }
  }

  /// Returns an object with the fields that were read.
  private func object(_ fields: [[UInt8]], data: [UInt8]? = nil) -> Node? {
    guard fields.count == 7 + SecretReading.annotations.count else { return nil }
    let texts = fields.map { String(decoding: $0, as: UTF8.self) }
    func pairs(_ names: [String], _ values: ArraySlice<String>) -> [(String, Tree)] {
      zip(names, values).filter { !$1.isEmpty }.map { ($0, .string($1)) }
    }
    let names = ["name", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"]
    let metadata: [(String, Tree)] =
      pairs(names, texts[1...5]) + [
        ("annotations", .map(pairs(SecretReading.annotations, texts[7...])))
      ]
    var text = YAMLWriter.inline(.map(metadata), quotes: .always)
    if !texts[6].isEmpty { text = "\(text.dropLast()), \"managedFields\": \(texts[6])}" }
    let rest = data.flatMap {
      $0.isEmpty ? nil : ", \"data\": \(String(decoding: $0, as: UTF8.self))"
    }
    return Controller.json(Array("{\"metadata\": \(text)\(rest ?? "")}".utf8))
  }
}

extension Kubectl.Failure {
  fileprivate func concerns(secret name: String) -> Bool {
    if message.begins(with: "configmaps \"") { return false }
    guard message.begins(with: "secrets \"") else { return true }
    return message.begins(with: "secrets \"\(name)\"")
  }

  fileprivate var concernsConfigMaps: Bool { !message.begins(with: "secrets \"") }
}

extension Array<String> {
  /// The elements without duplicates, in order.
  fileprivate var inOrderOnce: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
