/// Where the page for the person who merges goes: standard output, or a file of the workspace that is
/// written with the change itself.

internal import Glibc
internal import Processes
internal import Text
internal import Transactions

struct RunbookFile {
  private enum Place {
    case none, standardOutput
    /// From the workspace, and as the person named it.
    case file(String, name: String)
  }

  private let place: Place
  private let workspace: LoadedWorkspace

  /// The line that ends a page of ours: only such a file is written over.
  private static let mark = "<!-- written by moltseal rotate -->"

  /// - Throws: `CommandError` for a path that is not in the workspace, and for data after data.
  init(_ name: String?, _ workspace: LoadedWorkspace, _ format: OutputFormat) throws {
    self.workspace = workspace
    switch name {
    case nil: place = .none
    case "-":
      guard format == .text else {
        throw CommandError(
          "--runbook - and --format json would both be on standard output",
          hint: "name a file in the workspace for the page", status: 64)
      }
      place = .standardOutput
    case let name?:
      if let fault = Self.fault(of: name) {
        throw CommandError(
          "--runbook '\(name)' \(fault.words)", hint: fault.hint, status: 64)
      }
      guard let path = Self.path(name, workspace) else {
        throw CommandError(
          "--runbook '\(name)' is not in the workspace, with which it is written",
          hint: "name a new file in the workspace, or print it and redirect that: --runbook - >",
          status: 64)
      }
      place = .file(path, name: name)
    }
  }

  /// Why a page cannot be there: its folder is missing, or whoever reads the folder would take it for
  /// something else.
  private static func fault(of name: String) -> (words: String, hint: String)? {
    let (folder, last) = Path.split(name)
    var status = stat()
    if let folder, stat(folder, &status) != 0 {
      return (
        "has no folder to be in: '\(folder)' \(String(cString: strerror(errno)).lowercased())",
        "make it first, or name a file in a folder that is there"
      )
    }
    if lstat(name, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      return ("is there already, and is no file", "name a new file for --runbook")
    }
    let lower = last.lowercased()
    let isManifest =
      [".yml", ".yaml", ".json"].contains { lower.ends(with: $0) } || lower == "kustomization"
    return isManifest
      ? (
        "would be taken for a manifest, and the page is Markdown",
        "give it a name that ends in .md"
      ) : nil
  }

  /// The path from the workspace of a file that need not be there; nil for one that is not in it.
  private static func path(_ name: String, _ workspace: LoadedWorkspace) -> String? {
    let (folder, last) = Path.split(name)
    guard !last.isEmpty, last != ".", last != "..", let real = realpath(folder ?? ".", nil) else {
      return nil
    }
    defer { free(real) }
    return Path.relative(Path.join(String(cString: real), last), to: workspace.folder.path)
  }

  /// Prints the page, where it belongs on standard output.
  func show(_ pages: [Runbook]) {
    if case .standardOutput = place { Terminal.output(text(pages)) }
  }

  /// The file with the page, as a part of the change; nil where it belongs into none.
  ///
  /// - Throws: `CommandError` for a file that is not ours to write.
  func change(_ pages: [Runbook], _ place: ChangePlace) throws -> FileChange? {
    guard case .file(let path, let name) = self.place else { return nil }
    let old: [UInt8]?
    do throws(FileError) { old = try workspace.folder.readIfPresent(path) } catch {
      throw CommandError(error, what: "cannot write")
    }
    if let old, !old.ends(with: Array((Self.mark + "\n").utf8)) {
      throw CommandError(
        "is there already, and is no page of moltseal's", hint: "name a new file for --runbook",
        file: name)
    }
    if place.git != nil, try workspace.askGit([path], of: place).isKnown() {
      throw CommandError(
        "git has this file, and a page for one change does not belong into it",
        hint: "name a new file for --runbook", file: name)
    }
    return FileChange(path: path, old: old, new: Array(text(pages).utf8))
  }

  private func text(_ pages: [Runbook]) -> String {
    pages.map(\.text).joined(separator: "\n") + "\n\(Self.mark)\n"
  }
}

extension [UInt8] {
  fileprivate func ends(with suffix: [UInt8]) -> Bool {
    count >= suffix.count && self.suffix(suffix.count).elementsEqual(suffix)
  }
}
