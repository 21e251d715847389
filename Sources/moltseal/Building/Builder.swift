/// Builds kustomizations of the workspace in folders of our own, as they are and as they would be.

internal import Glibc
internal import Processes
internal import Preflight
internal import Text
internal import Transactions
internal import YAML

/// Why a build says nothing.
enum BuildFault: Error {
  case noBuilder
  /// The path of the kustomization, and what the builder said.
  case failed(String, String)
}

struct Builder {
  let folder: WorkspaceFolder
  private let builder: KustomizeBuilder

  init(_ folder: WorkspaceFolder, repository: GitRepository?) {
    self.folder = folder
    builder = KustomizeBuilder(
      outside: [folder.path] + [repository?.root].compactMap { $0 }, Surroundings.builderSetup)
  }

  /// What the kustomizations in some folders build, each once for each version of the files.
  ///
  /// - Parameter folders: relative to the workspace.
  /// - Parameter versions: the files that are other than on disk, each list one version.
  /// - Returns: for each folder the builds of its versions.
  /// - Throws: `BuildFault.noBuilder`.
  func build(
    _ folders: [String], _ versions: [[FileChange]]
  ) throws -> [[Result<Build, BuildFault>]] {
    try zip(folders, outputs(folders, versions)).map { folder, outputs in
      outputs.map { output in
        output.flatMap { output in
          do throws(YAMLError) { return .success(try Build(output)) } catch {
            return .failure(.failed(folder, error.message))
          }
        }
      }
    }
  }

  /// The same as the builder prints it.
  func outputs(
    _ folders: [String], _ versions: [[FileChange]]
  ) throws -> [[Result<[UInt8], BuildFault>]] {
    var inputs = BuildInputs(folder)
    for folder in folders { try inputs.collect(folder) }
    var scratches: [ScratchFolder] = []
    for changes in versions {
      var files = inputs.files
      for change in changes { files[ByBytes(change.path)] = change.new }
      let scratch = try explained { () throws(FileError) in
        let scratch = try ScratchFolder(in: Surroundings.text("TMPDIR") ?? "/tmp")
        for (path, bytes) in files { try scratch.write(path.text, bytes) }
        return scratch
      }
      scratches.append(scratch)
    }
    let places = folders.flatMap { folder in
      scratches.map { (folder: folder, path: Path.join($0.path, folder == "." ? "" : folder)) }
    }
    let results: [Result<[UInt8], KustomizeBuilder.Fault>]
    do throws(any Error) {
      results = try builder.build(places.map(\.path))
    } catch KustomizeBuilder.Fault.noBuilder {
      throw BuildFault.noBuilder
    } catch let fault as Subprocess.Fault {
      throw fault.commandError
    }
    let built = zip(places, results).map { place, result -> Result<[UInt8], BuildFault> in
      switch result {
      case .success(let output): return .success(output)
      case .failure(.noBuilder): return .failure(.noBuilder)
      case .failure(.failed(let reason)):
        // Its own folder is of no interest, and another one each time.
        var text = reason
        for scratch in scratches {
          while let (before, after) = text.place(of: scratch.path) {
            text = before + (after.without(prefix: "/") ?? after)
          }
        }
        return .failure(.failed(place.folder, text))
      }
    }
    withExtendedLifetime(scratches) {}
    return stride(from: 0, to: built.count, by: max(versions.count, 1)).map {
      Array(built[$0..<($0 + versions.count)])
    }
  }

  private func explained<Value>(_ body: () throws(FileError) -> Value) throws -> Value {
    do throws(FileError) { return try body() } catch {
      throw CommandError(
        "cannot write '\(error.path)': \(error.reason)",
        hint: "the build is compared in a folder of TMPDIR; make room there")
    }
  }
}
