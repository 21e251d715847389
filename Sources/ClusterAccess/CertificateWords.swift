/// What is wrong with a certificate, and what to do about it.

internal import Cryptography
internal import Kubernetes
internal import Reporting

extension Certificate.Fault {
  private static let fetch = "fetch the controller's certificate: moltseal cert fetch"

  /// The message, which follows the name of the file, and the hint.
  var explained: (message: String, hint: String) {
    switch self {
    case .none(let found):
      let what = found.isEmpty ? "" : ", but a \(found[0])"
      return ("contains no certificate\(what)", Self.fetch)
    case .encoded(let name):
      return (
        "is encoded in \(name), so PEM readers find no certificate",
        "save it as plain ASCII: iconv -f \(name == "UTF-16" ? "UTF-16" : "UTF-8") -t ASCII//TRANSLIT FILE, without the byte-order mark; or fetch the controller's certificate: moltseal cert fetch"
      )
    case .several(let count):
      return (
        "contains \(count) certificates; it must contain only the controller's", Self.fetch
      )
    case .privateKey:
      return (
        "is a private key, not a certificate",
        "pass the certificate; a private key belongs to \(CLI.privateKey), and in no repository: if git has this one, renew the sealing key"
      )
    case .unreadable(let reason): return ("is not a certificate: \(reason)", Self.fetch)
    case .notRSA(let type):
      return ("has a key of type \(type); sealed-secrets needs RSA", Self.fetch)
    case .tooSmall(let bits):
      return ("has an RSA key of \(bits) bits, below the minimum of 2048", Self.fetch)
    case .tooLarge(let bits):
      return ("has an RSA key of \(bits) bits, above the maximum of 16384", Self.fetch)
    case .noKey(let fault): return ("has an RSA key \(fault.words)", fault.hint)
    case .notYetValid(let time):
      return (
        "is not valid before \(Timestamp(seconds: time).description)",
        "check the clock, or fetch the controller's current certificate"
      )
    case .expired(let time):
      return ("expired on \(Timestamp(seconds: time).description)", Self.fetch)
    }
  }
}

extension RSAPublicKey.Fault {
  /// What is odd about the key.
  fileprivate var words: String {
    switch self {
    case .exponent: "whose exponent is not an odd number from 65537 to 2147483647"
    case .smallFactor(let factor): "whose modulus is divisible by \(factor)"
    }
  }

  fileprivate var hint: String {
    "find out who made it: no controller did, and anybody could open what is sealed for it"
  }
}
