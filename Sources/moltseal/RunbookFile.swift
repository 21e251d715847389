/// The place of the runbook: standard output, or a file of the workspace that is written with the
/// change.

internal import Reporting
internal import Reports
internal import Repository
internal import Text
internal import Files

struct RunbookFile {
  private enum Place {
    case none, standardOutput
    /// The path from the workspace, and the name that the user gave.
    case file(String, name: String)
  }

  private let place: Place
  private let workspace: LoadedWorkspace

  /// The last line of a runbook; only files that end with it are overwritten.
  private static let mark = "<!-- written by moltseal rotate -->"

  /// - Throws: `CommandError` for a path outside the workspace, or if standard output would get
  ///   both a runbook and JSON.
  init(_ name: String?, _ workspace: LoadedWorkspace, _ format: OutputFormat) throws {
    self.workspace = workspace
    switch name {
    case nil: place = .none
    case "-":
      guard format == .text else {
        throw CommandError(
          "--runbook - and --format json would both go to standard output",
          hint: "name a file in the workspace for the runbook", status: 64)
      }
      place = .standardOutput
    case let name?:
      if let fault = Self.fault(of: name) {
        throw CommandError(
          "--runbook '\(name)' \(fault.words)", hint: fault.hint, status: 64)
      }
      guard let path = Self.path(name, workspace) else {
        throw CommandError(
          "--runbook '\(name)' is not in the workspace",
          hint: "name a new file in the workspace, or redirect the output of --runbook -",
          status: 64)
      }
      place = .file(path, name: name)
    }
  }

  /// Returns why a runbook cannot have this name: its folder is missing, or programs that read the
  /// folder would take it for something else.
  private static func fault(of name: String) -> (words: String, hint: String)? {
    let (folder, last) = Path.split(name)
    do throws(FileError) { if let folder { _ = try Disk.kind(of: folder) } } catch {
      return (
        "cannot be created in '\(error.path)': \(error.reason.lowercased())",
        "create the folder first, or name a file in an existing folder"
      )
    }
    if let kind = try? Disk.kind(ofPathItself: name), kind != .file {
      return ("exists already, and is not a file", "name a new file for --runbook")
    }
    let lower = last.lowercased()
    let isManifest =
      [".yml", ".yaml", ".json"].contains { lower.ends(with: $0) } || lower == "kustomization"
    return isManifest
      ? (
        "would be taken for a manifest, but a runbook is Markdown",
        "give it a name that ends in .md"
      ) : nil
  }

  /// Returns the path from the workspace of a file that need not exist, or nil if it is outside.
  private static func path(_ name: String, _ workspace: LoadedWorkspace) -> String? {
    let (folder, last) = Path.split(name)
    guard !last.isEmpty, last != ".", last != "..", let real = Disk.realPath(folder ?? ".")
    else { return nil }
    return Path.relative(Path.join(real, last), to: workspace.folder.path)
  }

  /// Whether the page takes standard output.
  var isOnStandardOutput: Bool {
    if case .standardOutput = place { true } else { false }
  }

  /// Prints the runbook, if it goes to standard output.
  func show(_ pages: [Runbook]) {
    if case .standardOutput = place { Terminal.output(text(pages)) }
  }

  /// Returns the runbook file as a part of the change, or nil if it does not go to a file.
  ///
  /// - Throws: `CommandError` for a file that is not a runbook of moltseal.
  func change(_ pages: [Runbook], _ place: ChangePlace) throws -> FileChange? {
    guard case .file(let path, let name) = self.place else { return nil }
    let old: [UInt8]?
    do throws(FileError) { old = try workspace.folder.readIfPresent(path) } catch {
      throw CommandError(error, what: "cannot write")
    }
    if let old, !old.ends(with: Array((Self.mark + "\n").utf8)) {
      throw CommandError(
        "exists already, and is not a runbook of moltseal", hint: "name a new file for --runbook",
        file: name)
    }
    if place.git != nil, try workspace.askGit([path], of: place).isKnown() {
      throw CommandError(
        "git has this file, but a runbook for one change does not belong in git",
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
