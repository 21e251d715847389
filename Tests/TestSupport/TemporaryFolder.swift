/// A folder for one test, with its files.

import Foundation

/// A folder that goes with the test that made it.
package final class TemporaryFolder {
  /// Its path, without links.
  package let path: String

  /// Makes a folder with these texts in files.
  package init(_ files: [String: String] = [:]) throws {
    path =
      FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "moltseal-" + UUID().uuidString).path
    try make("")
    for (name, text) in files { try write(name, text) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a name in it.
  package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Makes a folder, with those above it.
  package func make(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
  }

  /// Writes a file, with the folders above it, and returns its path.
  @discardableResult
  package func write(_ name: String, _ text: String) throws -> String {
    // Of the whole path: Foundation ends the process for a name of one character.
    try FileManager.default.createDirectory(
      atPath: (self(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: self(name), contents: Data(text.utf8)) else {
      throw CocoaError(.fileWriteUnknown)
    }
    return self(name)
  }

  /// Makes a symbolic link to another name in it.
  package func link(_ name: String, to destination: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: self(name), withDestinationPath: self(destination))
  }

  /// Removes a file or a folder.
  package func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: self(name))
  }
}
