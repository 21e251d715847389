/// Section by section what docs/architecture.md promises, read off the sources.

import Foundation
import Testing

@Suite("Architecture")
struct ArchitectureTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What each module may import of ours and of C, as Package.swift declares it.
  private static let allowed: [String: Set<String>] = {
    let path = root.appending(path: "Package.swift")
    guard let text = try? String(contentsOf: path, encoding: .utf8) else { return [:] }
    var graph: [String: Set<String>] = [:]
    for match in text.matches(of: /library\(\s*"(\w+)"((?:,\s*"\w+")*)\)/) {
      graph[String(match.1)] = Set(match.2.matches(of: /"(\w+)"/).map { String($0.1) })
    }
    if let shell = text.firstMatch(of: /name: "moltseal",\s*dependencies: \[([^\]]*)\]/) {
      graph["moltseal"] = Set(shell.1.matches(of: /"(\w+)"/).map { String($0.1) })
    }
    return graph.mapValues { $0.subtracting(["swift-argument-parser"]) }
  }()

  /// The modules that read, plan and write text and files: none of them can see a value.
  private static let blind = [
    "Cluster", "Discovery", "Files", "GoTemplates", "Kubernetes", "Kustomize", "Manifests",
    "Planning",
    "Processes", "Reporting", "Rules", "Text", "Words", "Workspace", "YAML",
  ]
  /// The modules that can hand out a value.
  private static let seeing: Set<String> = ["Cryptography", "Secrets", "Sealing", "Unsealing"]

  @Test("what plans and writes reaches no module that has a value, by whatever way")
  func importGraph() throws {
    try #require(Self.allowed.count > 20)
    for module in Self.blind {
      var reached: Set<String> = []
      var open = [module]
      while let next = open.popLast() {
        for name in Self.allowed[next] ?? [] where reached.insert(name).inserted {
          open.append(name)
        }
      }
      #expect(Self.allowed[module] != nil, "\(module)")
      #expect(reached.isDisjoint(with: Self.seeing), "\(module) reaches \(reached)")
    }
  }

  @Test("the shell and the screens import no module that has a value")
  func shell() {
    for module in ["moltseal", "Reports"] {
      #expect(Self.allowed[module]?.isDisjoint(with: Self.seeing) == true, "\(module)")
    }
  }

  @Test("only modules that touch the system import Glibc")
  func systemImporters() throws {
    let touching = ["Cryptography", "Processes", "SecretIO", "Text", "Files"]
    // Time zones, logarithms and the wiping of memory are of Glibc too.
    let calculating = [
      "Kubernetes/Timestamp.swift", "Workspace/CredentialKinds.swift",
      "YAML/JSONString.swift",
    ]
    let shell = ["Moltseal.swift", "Surroundings.swift", "Terminal.swift"]
    for module in Self.allowed.keys where !touching.contains(module) {
      for (path, text) in try sources(module) where text.contains("import Glibc\n") {
        let isAllowed =
          module == "moltseal" ? shell.contains(path) : calculating.contains("\(module)/\(path)")
        #expect(isAllowed, "\(module)/\(path)")
      }
    }
  }

  @Test("a module declares no dependency that it does not import")
  func unused() throws {
    for (module, names) in Self.allowed {
      var imported: Set<String> = ["CYAMLMemory"]
      for (_, text) in try sources(module) {
        for match in text.matches(of: /(?m)^\s*(?:internal|package) import (\w+)$/) {
          imported.insert(String(match.1))
        }
      }
      #expect(names.subtracting(imported).subtracting(["ArgumentParser"]).isEmpty, "\(module)")
    }
  }

  @Test("a C module has one importer")
  func importers() {
    for name in ["COpenSSL", "CYAML", "CLinux"] {
      #expect(Self.allowed.values.count { $0.contains(name) } == 1, "\(name)")
    }
  }

  @Test("no library spells an option of the command line")
  func options() throws {
    for module in Self.allowed.keys where module != "moltseal" {
      for (path, text) in try sources(module) {
        for line in text.split(separator: "\n")
        where !line.drop(while: { $0 == " " }).hasPrefix("//") {
          let quoted = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map(\.element)
          let spelt = quoted.contains { $0.contains(/(^|[ (])--[a-z]/) }
          // What git and kubectl are told are their own options, each alone in its quotes.
          let isArgument = quoted.allSatisfy {
            !$0.contains(/(^|[ (])--[a-z]/) || !$0.contains(" ") || $0.hasPrefix("--format=")
          }
          let tells = ["Checking", "ClusterAccess", "Repository"].contains(module) && isArgument
          #expect(!spelt || module == "Processes" || tells, "\(module)/\(path): \(line)")
        }
      }
    }
  }

  @Test("texts are taken apart by their bytes, in no other way")
  func characters() throws {
    let forbidden = [
      ".hasPrefix(", ".hasSuffix(", "split(separator: \"", "firstIndex(of: \"", "lastIndex(of: \"",
    ]
    for module in Self.allowed.keys where module != "Text" {
      for (path, text) in try sources(module) {
        // What is ASCII by its grammar, or is only shown.
        if ["GoTemplates", "Terminal", "Moltseal", "PrivateKeyFile", "Certificate", "TestHooks"]
          .contains(where: { "\(module)/\(path)".contains($0) })
        {
          continue
        }
        for word in forbidden { #expect(!text.contains(word), "\(module)/\(path) has \(word)") }
      }
    }
  }
  private static let system: Set<String> = ["Glibc", "Synchronization"]

  private func sources(_ module: String) throws -> [(path: String, text: String)] {
    let folder = Self.root.appending(path: "Sources/\(module)")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try files.filter { $0.hasSuffix(".swift") }.map { file in
      (file, try String(contentsOf: folder.appending(path: file), encoding: .utf8))
    }
  }

  @Test("every module imports what it may, and nothing in public", arguments: allowed.keys.sorted())
  func imports(module: String) throws {
    for (path, text) in try sources(module) {
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ").map(String.init)
        guard let index = words.firstIndex(of: "import"), index <= 1, words.count == index + 2
        else { continue }
        let name = words[index + 1]
        let permitted = Self.allowed[module, default: []].union(Self.system)
        #expect(permitted.contains(name), "\(module)/\(path) imports \(name)")
        #expect(
          index == 1 && ["internal", "package"].contains(words[0]), "\(module)/\(path): \(line)")
        if name.hasPrefix("C"), name.dropFirst().first?.isUppercase == true {
          #expect(words[0] == "internal", "C stays inside: \(module)/\(path)")
        }
      }
    }
  }

  @Test("no library but SecretIO prints, or reads clock, environment or standard input")
  func librariesAreQuiet() throws {
    let forbidden = [
      " print(", "getenv", "ProcessInfo", "Date()", "clock_gettime", "time(nil", "STDIN_FILENO",
      "STDOUT_FILENO", "STDERR_FILENO", "readLine", "FileHandle", "socket(",
    ]
    for module in Self.allowed.keys where !["moltseal", "SecretIO"].contains(module) {
      for (path, text) in try sources(module) {
        // What a child finds there is not what we read.
        for word in forbidden where module != "Processes" || !word.hasSuffix("_FILENO") {
          #expect(!text.contains(word), "\(module)/\(path) has \(word)")
        }
      }
    }
  }

  @Test("there is no random source but OpenSSL's")
  func randomness() throws {
    for module in Self.allowed.keys {
      for (path, text) in try sources(module) {
        for word in [
          ".random(", "arc4random", "SystemRandomNumberGenerator", "/dev/urandom", "getrandom",
          ".shuffled(",
        ] {
          #expect(!text.contains(word), "\(module)/\(path) has \(word)")
        }
        if module != "Cryptography" { #expect(!text.contains("RAND_"), "\(module)/\(path)") }
      }
    }
  }

  @Test("every source file says in its first line what it is for")
  func firstLines() throws {
    for module in Self.allowed.keys {
      for (path, text) in try sources(module) {
        #expect(text.hasPrefix("/// "), "\(module)/\(path)")
      }
    }
  }

  @Test("every finding code is described in docs/findings.md")
  func findings() throws {
    let document = try String(
      contentsOf: Self.root.appending(path: "docs/findings.md"), encoding: .utf8)
    var codes: [String] = []
    for module in Self.allowed.keys {
      for (_, text) in try sources(module) {
        let made = /(?:context\.finding|finding|report|Verdict)\(\s*"([a-z0-9-]+)"/
        for match in text.matches(of: made) { codes.append(String(match.1)) }
        for match in text.matches(of: /code:\s*"([a-z0-9-]+)"/) { codes.append(String(match.1)) }
        for match in text.matches(of: /case \.[^:\n]+: "(build-[a-z-]+)"/) {
          codes.append(String(match.1))
        }
        for match in text.matches(of: /\? "([a-z]+-[a-z0-9-]+)" : "([a-z]+-[a-z0-9-]+)"/) {
          codes += [String(match.1), String(match.2)]
        }
      }
    }
    let described = Set(document.matches(of: /`([a-z]+(?:-[a-z0-9]+)*)`/).map { String($0.1) })
    #expect(Set(codes).count >= 40, "\(Set(codes).count)")
    for code in Set(codes) { #expect(described.contains(code), "\(code)") }
    // And the other way round: the tables name no code that nothing reports.
    let tabled = document.matches(of: /(?m)^\| \[?`([a-z0-9-]+)`/).map { String($0.1) }
    for code in tabled { #expect(codes.contains(code), "\(code)") }
    // Each has a sentence for lists of rules, and no sentence is of a code that is gone.
    let texts = try String(
      contentsOf: Self.root.appending(path: "Sources/Rules/FindingText.swift"), encoding: .utf8)
    let worded = Set(texts.matches(of: /(?m)^    "([a-z0-9-]+)":/).map { String($0.1) })
    for code in tabled { #expect(worded.contains(code), "\(code)") }
    for code in worded { #expect(codes.contains(code), "\(code)") }
  }
}
