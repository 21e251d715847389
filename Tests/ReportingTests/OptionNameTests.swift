/// How messages spell the options of the command line.

import Reporting
import Testing

@Suite("Names of options")
struct OptionNameTests {
  /// Every option, with its name.
  private static let options: [(CLI, String)] = [
    (.abort, "abort"), (.all, "all"), (.allowDirty, "allow-dirty"),
    (.allowEmptyData, "allow-empty-data"), (.allowRemote, "allow-remote"),
    (.assumeLive, "assume-live"), (.base, "base"), (.cert, "cert"),
    (.certificate, "certificate"), (.compromised, "compromised"),
    (.controllerName, "controller-name"), (.controllerNamespace, "controller-namespace"),
    (.dryRun, "dry-run"), (.env, "env"), (.evidence, "evidence"), (.format, "format"),
    (.from, "from"), (.gate, "gate"), (.key, "key"), (.live, "live"), (.name, "name"),
    (.namespace, "namespace"), (.noBuildCheck, "no-build-check"), (.online, "online"),
    (.only, "only"), (.output, "output"), (.overlay, "overlay"),
    (.privateKey, "private-key"), (.raw, "raw"), (.reEncrypt, "re-encrypt"),
    (.restart, "restart"), (.scope, "scope"), (.supply, "supply"), (.target, "target"),
    (.toName, "to-name"), (.toNamespace, "to-namespace"), (.verbose, "verbose"),
    (.watch, "watch"),
  ]

  @Test("an option is written with two dashes, and with one between its words")
  func spelled() {
    for (option, name) in Self.options {
      #expect("\(option)" == "--" + name)
      #expect(option.rawValue == name)
    }
  }

  @Test("a name is of small letters and single dashes, so that a message can be pasted")
  func shape() {
    for (option, _) in Self.options {
      let words = option.rawValue.split(separator: "-", omittingEmptySubsequences: false)
      for word in words {
        #expect(!word.isEmpty && word.allSatisfy { ("a"..."z").contains($0) }, "\(option)")
      }
    }
  }

  @Test("a name leads back to its option, and to no other")
  func back() {
    for (option, name) in Self.options { #expect(CLI(rawValue: name) == option) }
    #expect(Set(Self.options.map(\.1)).count == Self.options.count)
    #expect(CLI(rawValue: "allowDirty") == nil)
    #expect(CLI(rawValue: "--live") == nil)
  }
}
