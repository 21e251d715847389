/// Expressions, kinds and templates.

import Cryptography
import Secrets
import Testing
import Workspace
import YAML

@Suite("Credentials")
struct CredentialsTests {
  private let names = ["db", "jwt-key"]

  @Test("an expression is split into literals and placeholders")
  func expressions() throws {
    let expression = try Expression("a://${db|uri|base64}@$${x}${jwt-key}", names: names)
    #expect(
      expression.parts == [
        .literal("a://"), .value("db", [.uri, .base64]), .literal("@${x}"), .value("jwt-key", []),
      ])
    #expect(expression.credentials == ["db", "jwt-key"])
    #expect(try Expression("${db}", names: names).soleCredential == "db")
    #expect(try Expression("${db.previous}", names: names).previousOf == "db")
  }

  @Test(
    "a fault of an expression names its placeholder",
    arguments: [
      ("${db}${nope}", 1, "nope"), ("$${a} ${db|urI}", 1, "urI"), ("${db", 0, "closed"),
      ("x${db.previous}", 0, "whole value"), ("${db.previous|uri}", 0, "filter"),
      ("${db.nest}", 0, "next"),
      ("${db@role}", 0, "does not name a credential"), ("${}", 0, "credential"),
    ])
  func faults(text: String, placeholder: Int, word: String) {
    let fault = #expect(throws: Expression.Fault.self) { try Expression(text, names: names) }
    #expect(fault?.placeholder == placeholder)
    #expect(fault?.message.contains(word) == true, "\(fault?.message ?? "")")
  }

  @Test(
    "a placeholder in a template is found, in the whole value or as a part of it",
    arguments: [
      ("URL", "postgres://app:CHANGE_ME@db/app", "CHANGE_ME"), ("X", "please-change-me", nil),
      ("X", "your-api-key", nil), ("X", "FILL_ME_IN", nil), ("X", "REPLACE_ME_WITH_KEY", nil),
      ("X", "<password>", nil), ("X", "<put the token here>", nil), ("X", "<...>", nil),
      ("X", "change_me_123", nil), ("X", "Bearer:YOUR", ""),
      ("X", "host=db;pw=<secret>", "<secret>"),
      ("DB_PASSWORD", "__DB_PASSWORD__", nil), ("DB_PASSWORD", "{{ PASSWORD }}", nil),
      ("DB_PASSWORD", "password", nil), ("api-key", "xxxx", nil), ("TOKEN", "TODO: ask ops", nil),
    ] as [(String, String, String?)])
  func placeholders(key: String, text: String, part: String?) {
    #expect(Placeholder.find(in: text, key: key) == (part == "" ? nil : part ?? text))
  }

  @Test(
    "a setting is no placeholder",
    arguments: [
      ("CORS", "*"), ("CRON", "*/5 * * * *"), ("PATH", "/replacements"), ("MODE", "none"),
      ("JOB", "change-metadata"), ("FROM", "Moltbook <a@b>"), ("XML", "<a><b>c</b></a>"),
      ("FORMAT", "{{ .x }}"), ("DB_PASSWORD", "correct horse"), ("USER", "password"),
      ("GRANT", "password"),
      ("NOTE", "change me when the moon is full"), ("TAG", "<b>"), ("EMPTY", ""),
      ("KEY_ID", "xxxx"),
      ("SCRIPT", "#!/bin/sh\nreplace_me=1\n"), ("WORD", "changement"), ("API_KEY", "sk_live_todos"),
    ])
  func settings(key: String, text: String) {
    #expect(Placeholder.find(in: text, key: key) == nil)
  }

  @Test("values have their size, their alphabet and their entropy")
  func recipes() throws {
    let symbols = Array("!-_".utf8)
    let cases: [(Recipe, Int, ClosedRange<Double>)] = [
      (.alphanumeric(length: 32), 32, 190...191), (.base64(bytes: 32), 44, 256...256),
      (.base64url(bytes: 64), 86, 512...512), (.hex(bytes: 16), 32, 128...128),
      (.password(length: 24, symbols: symbols), 24, 138...145),
    ]
    for (recipe, length, entropy) in cases {
      #expect(try recipe.generate().count == length)
      #expect(entropy.contains(recipe.entropy), "\(recipe): \(recipe.entropy)")
    }
  }

  @Test("a password has every class, and its entropy is that of counting by hand")
  func passwords() throws {
    let symbols = Array("!".utf8)
    for _ in 0..<200 {
      try Recipe.password(length: 6, symbols: symbols).generate().withBytes { bytes in
        #expect(bytes.contains { (65...90).contains($0) })
        #expect(bytes.contains { (97...122).contains($0) })
        #expect(bytes.contains { (48...57).contains($0) })
        #expect(bytes.contains(33))
      }
    }
    // Four characters, one of each class: 4! orders of 26 × 26 × 10 × 1.
    let bits = Recipe.password(length: 4, symbols: symbols).entropy
    #expect(abs(bits - 17.307) < 0.01)
  }

  @Test(
    "placeholders and line breaks are no supplied values",
    arguments: [
      ("", SuppliedValue.Fault.empty), ("x\n", .trailingNewline), ("Change-Me!", .placeholder),
      ("<token>", .placeholder), ("${TOKEN}", .placeholder), ("PLACEHOLDER", .placeholder),
      ("REPLACE_ME_NOW", .placeholder), ("****", .placeholder),
    ])
  func supplied(text: String, fault: SuppliedValue.Fault) {
    let value = Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    #expect(throws: fault) { try SuppliedValue.check(value) }
  }

  @Test("a real value passes")
  func realValue() throws {
    try Array("ghp_9fK2xQ".utf8).withUnsafeBytes {
      try SuppliedValue.check(SecretBytes(copying: $0))
    }
  }

  @Test(
    "a template file names its output",
    arguments: [
      ("moltbook-api-secrets-template.yml", "moltbook-api-sealedsecret.yml"),
      ("db-connection-secret-template.yml", "db-connection-sealedsecret.yml"),
      ("plain.yaml", "plain-sealedsecret.yml"),
      ("a-secret-secrets-template.yml", "a-secret-sealedsecret.yml"),
    ])
  func outputs(file: String, output: String) throws {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: v}\n"
    let template = try Template(path: "t/\(file)", SourceText(Array(text.utf8)), names: [])
    #expect(template.outputName == output)
  }

  @Test("a supplied credential has one variable of its own")
  func variables() throws {
    let text = """
      apiVersion: moltseal.dev/v1
      kind: Workspace
      credentials: {twitter-client-id: {supplied: true}}
      environments: {p: {kustomization: k.yml, output: o}}
      """
    let workspace = try Workspace(SourceText(Array(text.utf8)))
    #expect(workspace.credential("twitter-client-id")?.variable == "MOLTSEAL_TWITTER_CLIENT_ID")
  }
}
