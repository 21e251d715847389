/// SealedSecret files: any bytes are read or refused, and edited without loss.

import Kubernetes
import Manifests
import YAML

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSealedSecret(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  do {
    let manifest = try SealedSecretFile(try SourceText(input))
    precondition(manifest.bytes == input)
    for document in manifest.documents { edit(manifest, document) }
  } catch {
    _ = error.message
  }
  return 0
}

/// Merges the items of a document into itself, and then one more; nothing else may change.
private func edit(_ manifest: SealedSecretFile, _ document: SealedSecretDocument) {
  let items = document.items.compactMap { item in
    document.value(item.key).map { (key: item.key, value: $0) }
  }
  var same = manifest
  if (try? same.apply([same.changes(merging: items, into: document)])) != nil {
    // Text that YAML reads as a null or a number is quoted, but no ciphertext is such a text.
    let areCiphertexts = items.allSatisfy {
      $0.value.base64.hasPrefix("AQ") || $0.value.base64.hasPrefix("Ag")
    }
    if areCiphertexts { precondition(same.bytes == manifest.bytes) }
  }
  guard let value = SealedValue(base64: "AAAA") else { return }
  var more = manifest
  let added = more.changes(merging: [("fuzz-added", value)], into: document)
  guard (try? more.apply([added])) != nil else { return }
  do {
    let read = try SealedSecretFile(try SourceText(more.bytes)).documents
    precondition(read.count == manifest.documents.count)
    for (old, new) in zip(manifest.documents, read) {
      let kept = new.items.filter { $0.key != "fuzz-added" }
      precondition(kept.map(\.key) == old.items.filter { $0.key != "fuzz-added" }.map(\.key))
      precondition(kept.map(\.base64) == old.items.filter { $0.key != "fuzz-added" }.map(\.base64))
      if new.index == document.index { precondition(new.value("fuzz-added") == value) }
    }
  } catch {
    fatalError("what an edit made cannot be read: \(error.message)")
  }
}
