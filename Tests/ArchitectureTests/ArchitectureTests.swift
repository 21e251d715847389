/// Section by section what docs/architecture.md promises, read off the sources.

import Foundation
import Testing

@Suite("Architecture")
struct ArchitectureTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What each module may import of ours and of C.
  private static let allowed: [String: Set<String>] = [
    "Cryptography": ["COpenSSL"],
    "Sealing": ["Cryptography"],
    "YAML": ["CYAML"],
    "Credentials": ["Cryptography", "YAML"],
    "Manifests": ["Sealing", "YAML"],
    "Planning": ["Credentials", "Manifests", "Sealing", "YAML"],
    "Preflight": ["Credentials", "Manifests", "Sealing", "YAML"],
    "Recovery": ["Cryptography", "Sealing"],
    "Transactions": ["CLinux"],
    "moltseal": [
      "ArgumentParser", "CProcess", "Credentials", "Cryptography", "Manifests", "Planning",
      "Preflight",
      "Recovery", "Sealing", "Transactions", "YAML",
    ],
  ]
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

  @Test("no library prints, or reads clock, environment or standard input")
  func librariesAreQuiet() throws {
    let forbidden = [
      " print(", "getenv", "ProcessInfo", "Date()", "clock_gettime", "time(nil", "STDIN_FILENO",
      "STDOUT_FILENO", "STDERR_FILENO", "readLine", "FileHandle", "socket(",
    ]
    for module in Self.allowed.keys where module != "moltseal" {
      for (path, text) in try sources(module) {
        for word in forbidden {
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
    for (_, text) in try sources("Preflight") {
      for match in text.matches(of: /(?:context\.finding|report)\(\s*"([a-z-]+)"/) {
        codes.append(String(match.1))
      }
    }
    #expect(codes.count >= 9)
    for code in codes { #expect(document.contains("`\(code)`"), "\(code)") }
  }
}
