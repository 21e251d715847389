/// Supplied values: how they are named, where they come from, and which are refused.

import Cryptography
import Foundation
import Reporting
import TestSupport
import Testing
import Workspace
import YAML

@testable import SecretIO

/// One after another, for the values that variables gave are those of the process.
@Suite("Supplied values", .serialized)
struct SuppliesTests {
  private let folder: TemporaryFolder
  private let workspace: Workspace

  init() throws {
    folder = try TemporaryFolder()
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials:
        made: {generate: {kind: alphanumeric, length: 32}}
        b-token: {supplied: true}
        a-token: {supplied: true, optional: true}
      environments:
        prod: {kustomization: k.yml, output: out}
      """
    workspace = try Workspace(SourceText(Array(text.utf8)))
  }

  private func supplies(_ arguments: String...) throws -> Supplies {
    try Supplies(arguments, workspace: workspace, git: nil)
  }

  private func values(
    _ supplies: Supplies, _ names: [String], _ use: Supplies.Use = .last
  ) throws -> [String: String] {
    try supplies.values(needed: [], wanted: names, workspace: workspace, use).mapValues { text($0) }
  }

  @Test(
    "an argument that is no NAME=@FILE is refused, as it may be the value",
    arguments: ["a-token", "a-token=value", "a-token=", "a-token=@", "a-token=x@f", "", "=", "@f"])
  func form(argument: String) {
    let (text, hint, status) = refusal { try supplies(argument) }
    #expect(text == "--supply takes NAME=@FILE" && status == 64)
    #expect(hint == "put the value into a file, or use @-; every process can see an argument")
  }

  @Test(
    "only a supplied credential can be supplied",
    arguments: ["made", "none", "", "A-TOKEN", "a-token.next2"])
  func unknown(name: String) {
    let (text, hint, status) = refusal { try supplies("\(name)=@f") }
    #expect(text == "no supplied credential is named '\(name)'" && status == 1)
    #expect(hint == "the supplied credentials are: b-token, a-token")
  }

  @Test("standard input supplies one value")
  func standardInput() throws {
    let (text, _, status) = refusal { try supplies("a-token=@-", "b-token=@-") }
    #expect(text == "standard input can supply only one value" && status == 64)
    #expect(try supplies("a-token=@-", "b-token=@f").names == ["a-token", "b-token"])
    #expect(try supplies("a-token=@f", "b-token=@f").names == ["a-token", "b-token"])
  }

  @Test("the names are those of the arguments, sorted")
  func names() throws {
    #expect(try supplies().names == [])
    #expect(try supplies("b-token=@x", "a-token=@y").names == ["a-token", "b-token"])
  }

  @Test("a value is the bytes of its file, and of no other")
  func files() throws {
    let (a, b) = (try folder.write("a=1", "q7-Wd"), try folder.write("b", " k9-P "))
    let supplies = try supplies("a-token=@\(a)", "b-token=@\(b)")
    #expect(
      try values(supplies, ["b-token", "a-token"], .notLast)
        == ["a-token": "q7-Wd", "b-token": " k9-P "])
    #expect(try values(supplies, ["b-token"], .notLast) == ["b-token": " k9-P "])
    #expect(try values(supplies, ["none"]) == [:])
  }

  @Test("a value that is wanted and not given is left out")
  func notGiven() throws {
    let a = try folder.write("a", "q7-Wd")
    #expect(
      try values(supplies("a-token=@\(a)"), ["a-token", "b-token"]) == ["a-token": "q7-Wd"])
  }

  @Test("a value is read once for all calls, and not kept after the last")
  func kept() throws {
    let supplies = try supplies("a-token=@\(try folder.write("a", "q7-Wd"))")
    #expect(try values(supplies, ["a-token"], .notLast) == ["a-token": "q7-Wd"])
    try folder.remove("a")
    #expect(try values(supplies, ["a-token"], .notLast) == ["a-token": "q7-Wd"])
    #expect(try values(supplies, ["a-token"], .last) == ["a-token": "q7-Wd"])
    #expect(
      refusal { try values(supplies, ["a-token"]) }.text
        == "\(folder("a")): cannot be read: No such file or directory")
  }

  @Test(
    "a value that nobody means is refused, by its file",
    arguments: [
      ("", "is empty", "supply the value that was issued"),
      (
        "x\n", "ends with a line break, which would become part of the value",
        "supply it at the prompt, or write the file without a final line break (an editor's 'noeol', tr -d '\\n')"
      ),
    ])
  func refused(value: String, fault: String, hint: String) throws {
    let file = try folder.write("a", value)
    let refused = refusal { try values(supplies("a-token=@\(file)"), ["a-token"]) }
    #expect(refused.text == "the value of 'a-token' from '\(file)' \(fault)")
    #expect(refused.hint == hint && refused.status == 1)
  }

  @Test("values in variables are taken out of the environment, and handed out once")
  func variables() async {
    await #expect(processExitsWith: .success) {
      for (name, value) in [
        ("MOLTSEAL_A_TOKEN", "q7-Wd"), ("MOLTSEAL_EMPTY", ""), ("MOLTSEAL_FINGERPRINT", "f"),
        ("MOLTSEAL", "x"), ("OTHER_MOLTSEAL_X", "y"), ("MOLTSEAL_LEFT", "z"),
      ] { setenv(name, value, 1) }
      SuppliedVariables.take()
      for name in ["MOLTSEAL_A_TOKEN", "MOLTSEAL_EMPTY", "MOLTSEAL_LEFT"] {
        #expect(getenv(name) == nil, "\(name)")
      }
      for name in ["MOLTSEAL_FINGERPRINT", "MOLTSEAL", "OTHER_MOLTSEAL_X"] {
        #expect(getenv(name) != nil, "\(name)")
        #expect(SuppliedVariables.value(name) == nil)
      }
      #expect(SuppliedVariables.value("MOLTSEAL_A_TOKEN").map { text($0) } == "q7-Wd")
      #expect(SuppliedVariables.value("MOLTSEAL_A_TOKEN") == nil)
      #expect(SuppliedVariables.value("MOLTSEAL_EMPTY") == nil)
      SuppliedVariables.forget()
      #expect(SuppliedVariables.value("MOLTSEAL_LEFT") == nil)
    }
  }
}
