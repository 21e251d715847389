/// The output of a builder, cut anywhere: the objects, the Secrets that are handed on, and what ends it.

import Cryptography
import Rules
import Testing
import YAML

@testable import Building

@Suite("The output of a builder as a stream")
struct BuildStreamTests {
  private struct Stop: Error {}

  private let secret = "apiVersion: v1\ndata: {k: eA==}\nkind: Secret\nmetadata: {name: a}\n"
  private let configMap =
    "apiVersion: v1\ndata:\n  x: |\n    ---\n    ----\nkind: ConfigMap\nmetadata: {name: b}\n"
  private let last = "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData: {k: y}"

  /// What is handed on of a stream, as text.
  private final class Taken {
    var texts: [String] = []
    var names: [String] = []

    func take(_ object: BuiltObject, _ bytes: SecretBytes) {
      names.append(object.identity.name)
      texts.append(bytes.withBytes { String(decoding: $0, as: UTF8.self) })
    }
  }

  private func feed(_ stream: BuildStream, _ text: String, by size: Int? = nil) {
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size ?? max(1, bytes.count)) {
      bytes[start..<min(bytes.count, start + (size ?? bytes.count))].withUnsafeBytes {
        stream.take($0)
      }
    }
  }

  private func names(_ text: String) throws -> [String] {
    let stream = BuildStream(nil)
    feed(stream, text)
    return try stream.finish().objects.map(\.identity.name)
  }

  @Test("objects and handed-on texts are the same, wherever the output is cut")
  func chunks() throws {
    let text = [secret, configMap, last].joined(separator: "---\n")
    for size in 1...text.utf8.count {
      let taken = Taken()
      let stream = BuildStream(taken.take)
      feed(stream, text, by: size)
      #expect(try stream.finish().objects.map(\.identity.name) == ["a", "b", "c"], "\(size)")
      #expect(taken.names == ["a", "c"], "\(size)")
      #expect(taken.texts == [secret, last], "\(size)")
    }
  }

  @Test("a document is read as soon as its end is there, and the last one at the end")
  func early() throws {
    let taken = Taken()
    let stream = BuildStream(taken.take)
    feed(stream, secret + "---")
    #expect(taken.names == [])
    feed(stream, "\n")
    #expect(taken.names == ["a"])
    feed(stream, last)
    #expect(taken.names == ["a"])
    #expect(try stream.finish().objects.count == 2)
    #expect(taken.names == ["a", "c"])
  }

  @Test("several documents in one piece are all read")
  func atOnce() throws {
    let taken = Taken()
    let stream = BuildStream(taken.take)
    feed(stream, [secret, secret, last].joined(separator: "---\n") + "\n---\n")
    #expect(taken.names == ["a", "a", "c"])
    #expect(try stream.finish().objects.count == 3)
  }

  @Test("empty documents, and no output at all, are no objects")
  func empty() throws {
    #expect(try names("") == [])
    #expect(try names("\n") == [])
    #expect(try names("---\n" + configMap) == ["b"])
    #expect(try names(configMap + "---\n\n---\n" + configMap) == ["b", "b"])
    #expect(try names(configMap + "---\n") == ["b"])
  }

  @Test("only a core Secret is handed on")
  func others() throws {
    let taken = Taken()
    let stream = BuildStream(taken.take)
    let own = "apiVersion: x.io/v1\nkind: Secret\nmetadata: {name: d}\n"
    let sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: e}\n"
    feed(stream, [own, sealed, configMap].joined(separator: "---\n"))
    #expect(try stream.finish().objects.map(\.identity.name) == ["d", "e", "b"])
    #expect(taken.names == [])
  }

  @Test("a value is not kept, and two values differ by the digest of their object")
  func values() throws {
    let stream = BuildStream(nil)
    let other = last.split(separator: "y}").joined() + "z}"
    feed(stream, [last, other, last].joined(separator: "\n---\n"))
    let objects = try stream.finish().objects
    try #require(objects.count == 3)
    #expect(objects.allSatisfy { $0.root["stringData"]?["k"]?.scalar == nil })
    #expect(objects[0].digest != objects[1].digest)
    #expect(objects.allSatisfy { $0.root["stringData"]?["k"] != nil })
    #expect(objects.allSatisfy { $0.root["kind"]?.scalar == "Secret" })
  }

  @Test("after what is not YAML nothing is read or handed on, and the end says so")
  func unreadable() {
    let taken = Taken()
    let stream = BuildStream(taken.take)
    feed(stream, secret + "---\nkind: [\n---\n" + last + "\n---\n")
    feed(stream, secret)
    #expect(throws: YAMLError.self) { try stream.finish() }
    #expect(taken.names == ["a"])
    let cut = BuildStream(nil)
    feed(cut, configMap + "---\nkind: [")
    #expect(throws: YAMLError.self, "the last document") { try cut.finish() }
  }

  @Test("an error of who takes the Secrets ends the build")
  func refused() {
    var count = 0
    let stream = BuildStream { _, _ in
      count += 1
      throw Stop()
    }
    feed(stream, [secret, last].joined(separator: "---\n"))
    #expect(throws: Stop.self) { try stream.finish() }
    #expect(count == 1)
  }
}
