/// Keys that are good for nothing but these tests.

import Cryptography
import Foundation
import Kubernetes
import Sealing
import Unsealing

enum Keys {
  /// The text of a key or certificate of Tests/Vectors/keys.
  static func text(_ name: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Vectors/keys")
    return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  static func key(_ text: String) throws -> RSAPrivateKey {
    try RSAPrivateKey(pem: secret(text))
  }

  /// Two keys of 2048 bits, and the certificates that go with them.
  static func first() throws -> RSAPrivateKey { try key(text("first.key")) }
  static func second() throws -> RSAPrivateKey { try key(text("second.key")) }
  static func publicKey(_ name: String) throws -> RSAPublicKey {
    try Certificate(pem: Array(text(name + ".crt").utf8), now: 1_800_000_000).key
  }

  /// What encrypts the encrypted ones.
  static let passphrase = "correct horse"

  /// One key of 512 bits in four forms.
  static let pkcs1 =
    """
    -----BEGIN RSA PRIVATE KEY-----
    MIIBOQIBAAJBAL3DpWVXLa8owtkmBRuhApFMY9iQhUonOccTU6hF6edqpKBZW6qd
    Uq4WkttotKjuY7eB+Hdhze//MPBjvksWip8CAwEAAQJABaS03X+rNyNSMB0GV90A
    84s/COi7XgoumLIFceKqYxxmlmdVQIdpetLZggZf78e8drg8xP/wgiWQgGietGdk
    kQIhAPiwuxcjbjmEO1/LAxhEBb9Fu8B+I/a1l4vf+kyyThu5AiEAw1eGq4YtY70v
    4FSVKhmOos7wtitS69azesXrujra9RcCID+KoHL8CYjGoYkLTQIhNzq07ZD0aen6
    YftKQiDgmhZ5AiA9cVx0u0Gvq6RRhYldsqhA4aKpSjtM3z2ZEoQxEa4phQIgDfdr
    OLMP5dw7GcLi1xgT/18TfHPRkpRNIzvFGv0SwmU=
    -----END RSA PRIVATE KEY-----
    """

  static let pkcs8 =
    """
    -----BEGIN PRIVATE KEY-----
    MIIBUwIBADANBgkqhkiG9w0BAQEFAASCAT0wggE5AgEAAkEAvcOlZVctryjC2SYF
    G6ECkUxj2JCFSic5xxNTqEXp52qkoFlbqp1SrhaS22i0qO5jt4H4d2HN7/8w8GO+
    SxaKnwIDAQABAkAFpLTdf6s3I1IwHQZX3QDziz8I6LteCi6YsgVx4qpjHGaWZ1VA
    h2l60tmCBl/vx7x2uDzE//CCJZCAaJ60Z2SRAiEA+LC7FyNuOYQ7X8sDGEQFv0W7
    wH4j9rWXi9/6TLJOG7kCIQDDV4arhi1jvS/gVJUqGY6izvC2K1Lr1rN6xeu6Otr1
    FwIgP4qgcvwJiMahiQtNAiE3OrTtkPRp6fph+0pCIOCaFnkCID1xXHS7Qa+rpFGF
    iV2yqEDhoqlKO0zfPZkShDERrimFAiAN92s4sw/l3DsZwuLXGBP/XxN8c9GSlE0j
    O8Ua/RLCZQ==
    -----END PRIVATE KEY-----
    """

  static let encrypted =
    """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIIBvTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIpUzivd/2cCACAggA
    MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBAl+dFPoCkQEtsY75naAQFnBIIB
    YLip9qKvn4EElcnej7rpVjOytOwnlP2m9D36ygPyoSvzfRKEwo3VIDSfWdrBQgLs
    VjHogfPDXpTDCydU9sa5rmBytPh9B8N9kw5J1pz0Gi559ig4aRka/LN6/mmYP+vQ
    +CfJxJx3Wb14fHRfVN1+Z9uKQY8xlxtImbAmkueJKogQiR+VYN40ceAN9QqUHBy4
    W4Jgoz46VwmIDD2+JruIuynHqo8gdzGi4Vv3EJjbhMveuWCvGz0Sq3hxy6koFc2z
    46DyznL+I/lGgHqSofis8sdt4UYCD8S2kF1bwe9YB1ozUnXipJgueznchGnfl7mO
    aFdopcSqRzK3yuKDTDSY6pHNFSBWJnx4HFNdtcN9GlEmssCeUEqAUgN4hYOGIxe+
    h0Ky6D3n97gVXDePfVShr7cDg0dTZO0FvZifwL6+vxvDysSVwdow7vic/CrCEe7O
    OFIdEyljPLjAqTwhM0q6S1s=
    -----END ENCRYPTED PRIVATE KEY-----
    """

  static let encryptedAsOfOld =
    """
    -----BEGIN RSA PRIVATE KEY-----
    Proc-Type: 4,ENCRYPTED
    DEK-Info: AES-128-CBC,11F29AF38D0FBC0DF226260BB6CB7F18

    a8e444lswkNRs80cTM5BGSnEoU4e+40QxB3pO3YaXYQC7VrL2/rakJ2/6yiSbO63
    RbL0ZNnHXm8cqoZdoy27fzHOdcmWFDZfvMotv4IMcP9V677QKCcDTSbrEq62FwR0
    WllGQ8Ex/86t5qttKTAyYI2UfE4Lrn4gW5wSFeGt9rJ0IMN8IvMezEzNL3CrT/qO
    MvSWISkZdPwXgrR7fvC/4/jGfNamOL13S5Ce/PFNaj7AkKcZqr18Rc7D2du0DPY2
    asEOfTZZJcI0KpuEnH1I7AQSWRBIhB6yx5b7EtZWsWudyjvLkofeVpjE0z5QSSo9
    WQ87KHvxld2HkS0ka9ySRzBocNTL/eJXLfn9jkh34BZb3gLn2+q7HJcjXhUgQnFP
    ysU6p1DiqtJhvZroHSFNJaID3RO4iDsA6uYI5iiSYlA=
    -----END RSA PRIVATE KEY-----
    """

  /// A key of an elliptic curve, which no controller has.
  static let elliptic =
    """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVFljix25aDNROKos
    lUVkSQh/bfKotU6hp8g2w2ETl/ChRANCAAQyIhM4gH6WFgSGW396tXk62bX7IrbW
    E/pqrfD4PDU83hKpCHaMmEc/JPqYex2ZU/MrKWkfgOEGvuiTfWF7JE/O
    -----END PRIVATE KEY-----
    """

  static let encryptedElliptic =
    """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgDvi6xISiKLQICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEE81jycqOaFzJq3T0Q+SzGQEgZBO
    6luZHrbj4sHO0zOMALU6wkhWb8wbNXiU0XNGigvdLCY23YgyDna4Q6UCntgMdpuu
    WXkyQ8rCJNiUveK+hjndOJiaWCew7UBX9rmmbC3L98n4xTv4DqI2vKq7+808o1Ev
    iSjBgvSswaqCZGhtG1cpa6v+OzByPo/BYroPBH7E0tfz/tGoy4aUZHcajl4o4fA=
    -----END ENCRYPTED PRIVATE KEY-----
    """
}

func secret(_ text: String) -> SecretBytes {
  Array(text.utf8).withUnsafeBytes { SecretBytes(copying: $0) }
}

func text(_ secret: SecretBytes) -> String {
  secret.withBytes { String(decoding: $0, as: UTF8.self) }
}
