/// No program of a repository is run, by whatever way a search path leads to it.

import TestSupport
import Testing

@testable import Processes

@Suite("Search paths")
struct SearchPathTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["bin", "more", "repo/bin", "repo-bin"] { try folder.make(name) }
    try folder.link("into", to: "repo/bin")
    try folder.link("alias", to: "repo")
  }

  private func search(_ names: String..., outside repositories: String...) -> SearchPath {
    SearchPath(
      names.map { folder($0) }.joined(separator: ":"), outside: repositories.map { folder($0) })
  }

  @Test("folders in a repository are left out, as written and where they lead")
  func folders() {
    let names = ["bin", "repo", "repo/bin", "into", "repo-bin", "bin/../repo/bin"]
    let all = names.map { folder($0) }.joined(separator: ":")
    for repository in ["repo", "alias"] {
      #expect(
        SearchPath(all, outside: [folder(repository)]).folders
          == [folder("bin"), folder("repo-bin")], "\(repository)")
    }
    #expect(SearchPath(all, outside: []).folders == names.map { folder($0) })
    // Everything is in it, so that it says nothing.
    #expect(SearchPath(all, outside: ["/"]).folders == names.map { folder($0) })
  }

  @Test("only absolute folders are searched")
  func absolute() {
    #expect(SearchPath("bin:/a::./b:/c:", outside: []).folders == ["/a", "/c"])
  }

  @Test("the first folder with a program that can be run has it, unless it is a repository's")
  func find() throws {
    try folder.write("bin/tool", "no program")
    try folder.program("more/tool", "#")
    try folder.program("repo/tool", "#")
    #expect(search("bin", "more").find("tool") == folder("more/tool"))
    #expect(search("more", "bin").find("tool") == folder("more/tool"))
    #expect(search("bin").find("tool") == nil)
    try folder.link("repo-bin/tool", to: "repo/tool")
    #expect(search("repo-bin", "more").find("tool") == folder("repo-bin/tool"))
    #expect(search("repo-bin", "more", outside: "repo").find("tool") == folder("more/tool"))
    #expect(search("repo-bin", outside: "repo").find("tool") == nil)
  }

  @Test("a program that starts others gets no folder with a link into a repository")
  func applied() throws {
    try folder.link("bin/tool", to: "repo/tool")
    try folder.program("repo/tool", "#")
    func path(_ search: SearchPath) -> String {
      text(search.applied(to: [Array("PATH=x".utf8)])[0])
    }
    let both = search("bin", "more", outside: "repo")
    let safe = both.withoutLinksIntoRepositories
    #expect(path(safe) == "PATH=" + folder("more"))
    #expect(path(both) == "PATH=\(folder("bin")):\(folder("more"))")
    #expect(
      path(search("bin", outside: "repo").withoutLinksIntoRepositories) == "PATH=/usr/bin:/bin")
    #expect(path(search("bin").withoutLinksIntoRepositories) == "PATH=" + folder("bin"))
    #expect(safe.applied(to: [Array("A=1".utf8)]) == [Array("A=1".utf8)])
  }
}
