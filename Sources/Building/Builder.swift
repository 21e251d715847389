/// Builds kustomizations of the workspace in temporary folders, as they are and as they would be.

package import Cryptography
internal import Kustomize
package import Rules
package import Processes
internal import Reporting
internal import Text
package import Files
internal import Words
internal import YAML

/// What a builder may do about files that are not in the workspace.
package enum RemoteFiles: Sendable {
  /// A kustomization that needs one is not built.
  case refused
  /// The builder may fetch them.
  case fetched
}

/// Builds kustomizations of one workspace with kubectl or kustomize.
package struct Builder {
  private let folder: WorkspaceFolder
  private let builder: KustomizeBuilder
  private let remote: RemoteFiles

  /// - Parameter folder: the workspace.
  /// - Parameter repository: its repository, in which no builder is looked for.
  /// - Parameter remote: whether the builder may fetch what is remote.
  package init(_ folder: WorkspaceFolder, repository: GitRepository?, remote: RemoteFiles) {
    self.folder = folder
    self.remote = remote
    let setup =
      switch remote {
      case .refused: Surroundings.builderSetup
      case .fetched: Surroundings.fetchingBuilderSetup
      }
    builder = KustomizeBuilder(outside: [folder.path] + (repository?.folders ?? []), setup)
  }

  /// Builds the kustomizations of some folders, each once for each version of the files.
  ///
  /// - Parameter folders: relative to the workspace.
  /// - Parameter versions: the files that differ from those on disk, one list for each version.
  /// - Parameter takeSecret: receives each Secret with the index of its folder, and its text.
  /// - Returns: for each folder, the builds of its versions.
  /// - Throws: `BuildFault.noBuilder`, or `CommandError`.
  package func build(
    _ folders: [String], _ versions: [[FileChange]],
    taking takeSecret: ((Int, BuiltObject, SecretBytes) throws -> Void)? = nil
  ) throws -> [[Result<Build, BuildFault>]] {
    Interrupts.watch()
    let graphs = folders.map { KustomizationGraph($0, reading: DiskReading(folder: folder)) }
    let refused = graphs.map { graph in
      graph.faults.filter { !($0.isRemote && remote == .fetched) }
    }
    let open = folders.indices.filter { refused[$0].isEmpty }
    let scratches = try versions.map { try scratch(of: open.map { graphs[$0] }, $0) }
    let jobs = open.flatMap { index in
      scratches.map { scratch in
        Job(
          index: index, path: scratch.place(of: folders[index]),
          stream: BuildStream(takeSecret.map { take in { try take(index, $0, $1) } }))
      }
    }
    let faults = try run(jobs)
    withExtendedLifetime(scratches) {}
    var results = refused.enumerated().map { index, faults in
      faults.isEmpty
        ? []
        : versions.map { _ in Result<Build, BuildFault>.failure(.refused(folders[index], faults)) }
    }
    for (job, fault) in zip(jobs, faults) {
      let complaint = { BuildComplaint($0, graphs[job.index], scratches.map(\.path)) }
      results[job.index].append(try result(job.stream, fault, folders[job.index], complaint))
    }
    return results
  }

  /// One version of one folder, which is built.
  private struct Job {
    /// The index of the folder.
    let index: Int
    /// The temporary folder.
    let path: String
    let stream: BuildStream
  }

  /// Builds, and returns why each job has failed; nil for one that has not.
  private func run(_ jobs: [Job]) throws -> [KustomizeBuilder.Fault?] {
    do throws(any Error) {
      return try builder.build(jobs.map(\.path)) { jobs[$0].stream.take($1) }
    } catch KustomizeBuilder.Fault.noBuilder {
      throw BuildFault.noBuilder
    } catch let fault as Subprocess.Fault {
      throw fault.commandError
    }
  }

  /// What has become of a job.
  ///
  /// - Parameter complaint: makes something of the builder's own words.
  private func result(
    _ stream: BuildStream, _ fault: KustomizeBuilder.Fault?, _ folder: String,
    _ complaint: (String) -> BuildComplaint
  ) throws -> Result<Build, BuildFault> {
    switch fault {
    case nil: try read(stream, folder)
    case .noBuilder: .failure(.noBuilder)
    case .usedTooMuch: .failure(.usedTooMuch(folder))
    case .failed(let words): .failure(.failed(folder, complaint(words)))
    }
  }

  private func read(_ stream: BuildStream, _ folder: String) throws -> Result<Build, BuildFault> {
    do { return .success(try stream.finish()) } catch let error as YAMLError {
      return .failure(.unreadable(folder, error))
    }
  }

  private func scratch(
    of graphs: [KustomizationGraph], _ changes: [FileChange]
  ) throws -> ScratchFolder {
    do throws(FileError) {
      let scratch = try ScratchFolder(in: Surroundings.text("TMPDIR") ?? "/tmp")
      var written: Set<Name> = []
      for change in changes where written.insert(Name(change.path)).inserted {
        try scratch.write(change.path, change.new)
      }
      for graph in graphs {
        for (path, bytes) in graph.files where written.insert(path).inserted {
          try scratch.write(path.text, bytes)
        }
      }
      return scratch
    } catch {
      throw CommandError(
        "cannot write '\(error.path)': \(error.reason)",
        hint: "make room in TMPDIR, where builds are compared")
    }
  }
}

extension ScratchFolder {
  /// The path, in this folder, of a folder of the workspace.
  fileprivate func place(of folder: String) -> String {
    folder == "." ? files : Path.join(files, folder)
  }
}

extension BuildComplaint {
  /// - Parameter scratches: the temporary folders, whose paths are removed from the words.
  init(_ words: String, _ graph: KustomizationGraph, _ scratches: [String]) {
    var text = words
    for scratch in scratches {
      while let (before, after) = text.place(of: scratch + "/files") {
        text = before + (after.without(prefix: "/") ?? after)
      }
    }
    self.words = text
    // A field that kustomize never had is found before the builder starts.
    isTooOld = text.holds("json: unknown field") || text.holds("unknown field \"")
    if let chart = graph.charts.first {
      reason = ("a Helm chart is not inflated here", chart.path, chart.location)
    } else if let missing = graph.missing.first {
      reason = (
        "\(SecretName.quotedPath(missing.name)) does not exist, or is a folder without a kustomization",
        missing.path,
        missing.location
      )
    } else {
      reason = nil
    }
    // A file that is not a kustomization comes first.
    let named = graph.files.keys.map(\.text).filter { path in
      ["'", "\"", " ", ":", "/"].contains { text.holds("\($0)\(Path.name(path))") }
    }
    let places = Set(graph.places.map { Name($0.path) })
    file = named.sorted().first { !places.contains(Name($0)) } ?? named.sorted().first
    line = text.place(of: "line ").flatMap { Int(String($0.after.prefix { $0.isNumber })) }
  }
}
