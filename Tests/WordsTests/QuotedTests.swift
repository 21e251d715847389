/// Text from outside in a commit message, which programs read too.

import Testing
import Words

@Suite("Quoted text")
struct QuotedTests {
  @Test(
    "nothing in a text mentions, refers or links",
    arguments: [
      ("@team", "(at)team"), ("a@b", "a(at)b"), ("see #12", "see no. 12"), ("!7", ".7"),
      ("GH-12", "gh 12"), ("fixes gh-1 gH-2", "fixes gh 1 gh 2"), ("&3", "and 3"),
      ("%4", " percent 4"), ("$5", "(dollar)5"), ("https://x", "https: //x"),
      ("WWW.x", "www .x"), ("www.www.", "www .www ."), ("a:/b", "a:/b"), ("wwwx", "wwwx"),
      ("gh", "gh"), ("ghost", "ghost"),
    ])
  func mentions(text: String, quoted: String) { #expect(Quoted.text(text) == quoted) }

  @Test(
    "nothing in a text is Markdown or HTML",
    arguments: [
      ("[a](b)", "(a)(b)"), ("`a`", "'a'"), ("<b>", "(b)"), ("*a*", "\\*a\\*"),
      ("~~a|b", "\\~\\~a\\|b"), ("plain, (text) - 1/2: x.y", "plain, (text) - 1/2: x.y"),
    ])
  func markdown(text: String, quoted: String) { #expect(Quoted.text(text) == quoted) }

  @Test(
    "an underscore is plain only inside a word",
    arguments: [
      ("a_b", "a_b"), ("é_é", "é_é"), ("_a", "\\_a"), ("a_", "a\\_"), ("a_1", "a\\_1"),
      ("1_a", "1\\_a"), ("a__b", "a\\_\\_b"), ("_", "\\_"),
    ])
  func underscores(text: String, quoted: String) { #expect(Quoted.text(text) == quoted) }

  @Test(
    "words on which a forge skips its checks are left out",
    arguments: ["skip-checks: true", "x Skip-CI", "CI-skip y", "no_ci", "a NO_CI b", "***NO_CI***"])
  func left(text: String) { #expect(Quoted.text(text) == "(left out)") }

  @Test("words in brackets skip nothing without their brackets")
  func brackets() {
    #expect(Quoted.text("[skip ci]") == "(skip ci)")
    #expect(Quoted.text("[ci skip]") == "(ci skip)")
    #expect(Quoted.text("skip the checks") == "skip the checks")
  }

  @Test("a text stays on its line, and cannot move the cursor")
  func controls() {
    #expect(Quoted.text("a\nb") == "a\\u{a}b")
    #expect(Quoted.text("a\r\n\tb") == "a\\u{d}\\u{a}\\u{9}b")
    #expect(Quoted.text("\u{1B}[2J") == "\\u{1b}(2J")
    #expect(Quoted.text("a\u{2028}b\u{202E}c") == "a\\u{2028}b\\u{202e}c")
    #expect(Quoted.code("a\nb") == "`a\\u{a}b`")
  }

  @Test("a mark with a combining accent is still a mark")
  func combining() {
    #expect(
      Quoted.text("@\u{301}x").unicodeScalars.elementsEqual("(at)\u{301}x".unicodeScalars))
    #expect(
      Quoted.text("[\u{301}x]").unicodeScalars.elementsEqual("(\u{301}x)".unicodeScalars))
    #expect(Quoted.text("www.\u{301}").unicodeScalars.elementsEqual("www .\u{301}".unicodeScalars))
    #expect(Quoted.sql("'\u{301}").unicodeScalars.elementsEqual("'''\u{301}'".unicodeScalars))
  }

  @Test(
    "code ends where it should, and mentions nobody",
    arguments: [
      ("a_b*c", "`a_b*c`"), ("a`b", "`a'b`"), ("[skip ci]", "`(skip ci)`"),
      ("@a #1", "`(at)a no. 1`"),
      ("", "``"),
    ])
  func code(text: String, quoted: String) { #expect(Quoted.code(text) == quoted) }

  @Test(
    "a literal of SQL ends where it should",
    arguments: [("app", "'app'"), ("it's", "'it''s'"), ("''", "''''''"), ("", "''")])
  func sql(text: String, quoted: String) { #expect(Quoted.sql(text) == quoted) }
}
