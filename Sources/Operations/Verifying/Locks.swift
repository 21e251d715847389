/// The lock files beside checked files.

internal import Manifests
internal import Reporting
internal import Repository
internal import SecretIO
internal import Text
internal import Files
internal import YAML

/// The lock files of the checked files, each read once.
struct Locks: Sendable {
  private var locks: [Name: LockFile] = [:]
  private var places: [Name: Name] = [:]

  /// - Throws: `CommandError` for an unreadable lock file, because nothing could be compared with
  ///   it.
  init(_ paths: [String]) throws {
    let all = LockPlaces()
    for path in paths where path != "-" { places[Name(path)] = Name(try all.lock(of: path)) }
    for place in Set(places.values).map(\.text).sorted() where !Disk.isMissing(place) {
      let bytes = try PlainFile.read(place)
      do throws(YAMLError) {
        locks[Name(place)] = try LockFile(try SourceText(bytes))
      } catch {
        throw CommandError(
          [
            Diagnostic(
              error.message, hint: "restore it from its history", file: place,
              location: error.location)
          ], consequence: nil)
      }
    }
  }

  subscript(path: String) -> LockFile? { places[Name(path)].flatMap { locks[$0] } }
}
