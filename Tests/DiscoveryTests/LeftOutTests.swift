/// What `init` leaves out, and the generators that stay because of it.

import Discovery
import Testing
import Text
import Workspace

@Suite("What is left out of a draft")
struct LeftOutTests {
  @Test(
    "what has no value of its own, or has one already sealed, is left out, and its generator kept")
  func leftOut() throws {
    let token = secret("sa", value("T", 1), type: "kubernetes.io/service-account-token")
    for (isGenerated, kept) in [
      (true, "keepGenerators: [\"done\", \"sa\", \"void\"]"), (false, nil),
    ]
      as [(Bool, String?)]
    {
      let draft = draft(
        target(
          token, secret("void"), secret("api", value("S", 2), value("a b", 3)),
          generated: isGenerated ? ["done", "sa", "void", "api"] : [],
          sealed: ["done-5f2k4m8h6t"]))
      #expect(try draft.secrets == ["api"])
      #expect(draft.data == [#"# decide: unknown value; see s in moltseal.yml"#, #"S: "${s}""#])
      #expect(draft.names == ["s"])
      #expect(
        draft.leftOut.prefix(3) == [
          "\(isGenerated ? "done" : "done-5f2k4m8h6t"): a SealedSecret already makes it",
          "sa: it has no value of its own", "void: it has no value of its own",
        ])
      #expect(draft.leftOut.count == 4 && draft.leftOut[3].begins(with: "api/a b: the key "))
      #expect(draft.lines.first { $0.begins(with: "keepGenerators") } == kept)
    }
  }

  @Test("a Secret that no template can make is left to its generator")
  func unreadable() throws {
    let draft = draft(target(secret("Bad_Name", value("S", 1)), secret("api", value("T", 2))))
    #expect(try draft.secrets == ["api"])
    #expect(draft.leftOut.count == 1 && draft.leftOut[0].begins(with: "Bad_Name: the name "))
    #expect(draft.lines.contains("keepGenerators: [\"Bad_Name\"]"))
  }
}
