/// Checks the numbers of an RSA public key: with bad ones, anybody could decrypt.

internal import COpenSSL

extension RSAPublicKey {
  /// What is wrong with the numbers of a key.
  package enum Fault: Error, Equatable {
    /// Even, negative, under 65537 (FIPS 186-5, A.1.1) or over 2^31 - 1, Go's limit. With 1, or
    /// with one more than a multiple of the key's order, nothing is encrypted.
    case exponent
    /// The modulus has a factor that trial division finds.
    case smallFactor(Int)
  }

  /// Refuses an exponent, or a small factor of the modulus, that no controller's key has.
  ///
  /// It does not test whether the modulus is prime: whoever supplies a certificate has its private
  /// key anyway, and no modulus is prime by accident.
  func checkNumbers() throws(Fault) {
    guard let exponent = number("e"), let modulus = number("n") else { throw .exponent }
    defer {
      BN_free(exponent)
      BN_free(modulus)
    }
    guard BN_is_negative(exponent) == 0, BN_is_odd(exponent) == 1,
      (17...31).contains(BN_num_bits(exponent)), BN_is_negative(modulus) == 0
    else { throw .exponent }
    for (product, primes) in RSAPublicKey.smallPrimes {
      let rest = BN_mod_word(modulus, product)
      if let prime = primes.first(where: { rest % $0 == 0 }) { throw .smallFactor(Int(prime)) }
    }
  }

  /// Refuses negative numbers, which OpenSSL reads without their sign.
  ///
  /// - Parameter bits: the DER of `RSAPublicKey`, a sequence of two integers (RFC 8017, A.1.1).
  static func checkSigns(_ bits: UnsafeMutablePointer<ASN1_BIT_STRING>?) throws(Fault) {
    guard let bits, let data = ASN1_STRING_get0_data(bits) else { throw .exponent }
    let der = UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(bits)))
    var position = 0
    /// The content of the next element; nil if it does not fit.
    func element(_ tag: UInt8) -> Range<Int>? {
      guard position + 2 <= der.count, der[position] == tag else { return nil }
      var length = Int(der[position + 1])
      position += 2
      if length & 0x80 != 0 {
        let count = length & 0x7F
        guard (1...4).contains(count), position + count <= der.count else { return nil }
        length = der[position..<position + count].reduce(0) { $0 << 8 | Int($1) }
        position += count
      }
      guard length > 0, position + length <= der.count else { return nil }
      return position..<position + length
    }
    guard element(0x30) != nil else { throw .exponent }
    for _ in 0..<2 {
      guard let number = element(0x02), der[number.lowerBound] < 0x80 else { throw .exponent }
      position = number.upperBound
    }
  }

  /// A copy of one of the key's numbers, which the caller frees.
  private func number(_ name: String) -> OpaquePointer? {
    var number: OpaquePointer?  // <BIGNUM>
    return EVP_PKEY_get_bn_param(pointer, name, &number) == 1 ? number : nil
  }

  /// The primes below 4096, in groups whose product fits one division.
  private static let smallPrimes: [(product: UInt, primes: [UInt])] = {
    var isPrime = [Bool](repeating: true, count: 4096)
    var groups: [(product: UInt, primes: [UInt])] = [(1, [])]
    for number in 2..<4096 where isPrime[number] {
      for multiple in stride(from: number * number, to: 4096, by: number) {
        isPrime[multiple] = false
      }
      let last = groups.count - 1
      if groups[last].product * UInt(number) < 1 << 32 {
        groups[last].product *= UInt(number)
        groups[last].primes.append(UInt(number))
      } else {
        groups.append((UInt(number), [UInt(number)]))
      }
    }
    return groups
  }()
}
