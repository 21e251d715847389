/// Ciphertexts: any bytes open to what was sealed, or to nothing.

import Cryptography
import Kubernetes
import Text
import Unsealing

private let keys: [RSAPrivateKey] = {
  do {
    return try PrivateKeyFile.keys(
      in: Array(testKey.utf8).withUnsafeBytes { SecretBytes(copying: $0) })
  } catch {
    fatalError("the key of the test: \(error)")
  }
}()

/// The values of the seeds: anything else would be a forgery, or a part of one of these.
private let plaintexts = ["", "hunter2", "hunter2\n"].map { Array($0.utf8) }

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCiphertext(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  open(Base64.encode(input))
  open(String(decoding: input, as: UTF8.self))
  return 0
}

private func open(_ base64: String) {
  let job = UnsealJob(
    base64: base64, label: Scope.strict.label(namespace: "ns1", name: "s1"),
    otherLabels: [([], "cluster-wide")])
  do {
    for case .success(let opened) in try unseal([job], keys: keys, threads: 1) {
      precondition(plaintexts.contains(opened.value.withBytes { Array($0) }))
    }
  } catch {
    fatalError("not a refusal: \(error)")
  }
}
