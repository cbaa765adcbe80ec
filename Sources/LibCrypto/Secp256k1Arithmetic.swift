internal import CCrypto

/// The curve, made once and only read afterwards.
///
/// Unchecked because libcrypto's pointers carry no promise; it never changes a group through the
/// calls made here, and the numbers belong to this object.
final class Secp256k1Curve: @unchecked Sendable {
  static let shared = Secp256k1Curve()

  let group: OpaquePointer
  let order: OpaquePointer
  /// The prime that coordinates are below.
  let prime: OpaquePointer
  let halfOrder: BigNumber
  /// The order less two: a number to this power is its inverse (Fermat).
  let inverseExponent: BigNumber

  private init() {
    guard let group = EC_GROUP_new_by_curve_name(NID_secp256k1),
      let order = EC_GROUP_get0_order(group), let prime = EC_GROUP_get0_field(group)
    else { preconditionFailure("libcrypto has no secp256k1") }
    self.group = group
    self.order = order
    self.prime = prime
    halfOrder = BigNumber()
    inverseExponent = BigNumber()
    let made =
      BN_rshift1(halfOrder.pointer, order) == 1
      && BN_copy(inverseExponent.pointer, order) != nil
      && BN_sub_word(inverseExponent.pointer, 2) == 1
    precondition(made, "libcrypto refused to compute")
  }
}

/// Owns one `BIGNUM`, which is cleared when it goes.
///
/// Here and below, an owner whose `pointer` is handed to libcrypto must have a name: Swift keeps a
/// named value until the call is over, but may let go of an unnamed one before it.
final class BigNumber {
  let pointer: OpaquePointer

  init(isSecret: Bool = false) {
    guard let pointer = isSecret ? BN_secure_new() : BN_new() else {
      preconditionFailure("out of memory")
    }
    self.pointer = pointer
    if isSecret { BN_set_flags(pointer, BN_FLG_CONSTTIME) }
  }

  /// The number that `bytes` spell, big-endian.
  convenience init(bytes: [UInt8], isSecret: Bool = false) {
    self.init(isSecret: isSecret)
    precondition(
      BN_bin2bn(bytes, Int32(bytes.count), pointer) != nil, "libcrypto refused to compute")
  }

  deinit { BN_clear_free(pointer) }

  /// Whether it is from 1 to the order less 1.
  var isScalar: Bool {
    BN_is_zero(pointer) == 0 && BN_cmp(pointer, Secp256k1Curve.shared.order) < 0
  }

  var isAboveHalfOrder: Bool { BN_cmp(pointer, Secp256k1Curve.shared.halfOrder.pointer) > 0 }

  var isBelowOrder: Bool { BN_cmp(pointer, Secp256k1Curve.shared.order) < 0 }

  var isOdd: Bool { BN_is_odd(pointer) == 1 }

  func isEqual(to other: BigNumber) -> Bool { BN_cmp(pointer, other.pointer) == 0 }

  /// 32 bytes, big-endian.
  func bytes() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    precondition(BN_bn2binpad(pointer, &bytes, 32) == 32, "a number is longer than 32 bytes")
    return bytes
  }

  /// Modulo the order.
  func reduced() -> BigNumber {
    compute { BN_nnmod($0, pointer, Secp256k1Curve.shared.order, $1) }
  }

  /// Its negative modulo the order.
  func negated() -> BigNumber {
    let order = Secp256k1Curve.shared.order
    return compute { result, context in
      let zero = BigNumber()
      return BN_mod_sub(result, zero.pointer, pointer, order, context)
    }
  }

  /// The product modulo the order.
  func times(_ other: BigNumber) -> BigNumber {
    compute { BN_mod_mul($0, pointer, other.pointer, Secp256k1Curve.shared.order, $1) }
  }

  /// Its inverse modulo the order, in a time that does not depend on it.
  func inverted() -> BigNumber {
    let curve = Secp256k1Curve.shared
    return compute {
      BN_mod_exp_mont_consttime($0, pointer, curve.inverseExponent.pointer, curve.order, $1, nil)
    }
  }

  /// The sum modulo the order.
  func plus(_ other: BigNumber) -> BigNumber {
    compute { BN_mod_add($0, pointer, other.pointer, Secp256k1Curve.shared.order, $1) }
  }

  func plusOrder() -> BigNumber {
    compute { result, _ in BN_add(result, pointer, Secp256k1Curve.shared.order) }
  }

  private func compute(_ body: (OpaquePointer, OpaquePointer) -> Int32) -> BigNumber {
    let isSecret = BN_get_flags(pointer, BN_FLG_CONSTTIME) != 0
    let result = BigNumber(isSecret: isSecret)
    let context = NumberContext()
    precondition(body(result.pointer, context.pointer) == 1, "libcrypto refused to compute")
    return result
  }
}

/// Owns one `BN_CTX`: scratch space for a computation.
final class NumberContext {
  let pointer: OpaquePointer

  init() {
    guard let pointer = BN_CTX_secure_new() else { preconditionFailure("out of memory") }
    self.pointer = pointer
  }

  deinit { BN_CTX_free(pointer) }
}

/// Owns one point of secp256k1.
final class CurvePoint {
  let pointer: OpaquePointer

  private init() {
    guard let pointer = EC_POINT_new(Secp256k1Curve.shared.group) else {
      preconditionFailure("out of memory")
    }
    self.pointer = pointer
  }

  deinit { EC_POINT_clear_free(pointer) }

  /// The point that 33 compressed bytes name; nil when it is not on the curve.
  convenience init?(compressed bytes: [UInt8]) {
    guard bytes.count == Secp256k1.publicKeyLength, bytes[0] == 2 || bytes[0] == 3 else {
      return nil
    }
    self.init(x: BigNumber(bytes: Array(bytes.dropFirst())), oddY: bytes[0] == 3)
  }

  /// The point with this x and this parity of y; nil when there is none.
  convenience init?(x: BigNumber, oddY: Bool) {
    // libcrypto would reduce it.
    guard BN_cmp(x.pointer, Secp256k1Curve.shared.prime) < 0 else { return nil }
    self.init()
    let context = NumberContext()
    // A refusal leaves entries in this thread's error queue, where another caller would find them.
    ERR_set_mark()
    defer { ERR_pop_to_mark() }
    guard
      EC_POINT_set_compressed_coordinates(
        Secp256k1Curve.shared.group, pointer, x.pointer, oddY ? 1 : 0, context.pointer) == 1
    else { return nil }
  }

  /// The point with this x and an even y (`lift_x` of BIP-340); nil when there is none.
  convenience init?(xOnly bytes: [UInt8]) {
    guard bytes.count == Schnorr.keyLength else { return nil }
    self.init(x: BigNumber(bytes: bytes), oddY: false)
  }

  /// A multiple of this point, in a time that does not depend on `scalar`.
  func times(_ scalar: BigNumber) -> CurvePoint {
    let result = CurvePoint()
    let context = NumberContext()
    precondition(
      EC_POINT_mul(
        Secp256k1Curve.shared.group, result.pointer, nil, pointer, scalar.pointer,
        context.pointer) == 1, "libcrypto refused to compute")
    return result
  }

  /// A multiple of the generator, in a time that does not depend on `scalar`.
  static func generator(times scalar: BigNumber) -> CurvePoint {
    let result = CurvePoint()
    let context = NumberContext()
    precondition(
      EC_POINT_mul(
        Secp256k1Curve.shared.group, result.pointer, scalar.pointer, nil, nil, context.pointer)
        == 1, "libcrypto refused to compute")
    return result
  }

  /// `scalar`·G + `factor`·`point`, for public numbers.
  static func generator(
    times scalar: BigNumber, plus point: CurvePoint, times factor: BigNumber
  ) -> CurvePoint {
    let result = CurvePoint()
    let context = NumberContext()
    precondition(
      EC_POINT_mul(
        Secp256k1Curve.shared.group, result.pointer, scalar.pointer, point.pointer,
        factor.pointer, context.pointer) == 1, "libcrypto refused to compute")
    return result
  }

  var isInfinity: Bool { EC_POINT_is_at_infinity(Secp256k1Curve.shared.group, pointer) == 1 }

  /// Both coordinates of a point that is not at infinity.
  func affine() -> (x: BigNumber, y: BigNumber) {
    let x = BigNumber()
    let y = BigNumber()
    let context = NumberContext()
    precondition(
      EC_POINT_get_affine_coordinates(
        Secp256k1Curve.shared.group, pointer, x.pointer, y.pointer, context.pointer) == 1,
      "libcrypto refused to compute")
    return (x, y)
  }

  /// The 33 bytes of a point that is not at infinity.
  func compressed() -> [UInt8] {
    let (x, y) = affine()
    return [y.isOdd ? 3 : 2] + x.bytes()
  }
}

/// Owns one `EC_KEY` with a private key.
final class SigningKey {
  private let pointer: OpaquePointer

  init(secret: BigNumber) {
    guard let pointer = EC_KEY_new() else { preconditionFailure("out of memory") }
    self.pointer = pointer
    let made =
      EC_KEY_set_group(pointer, Secp256k1Curve.shared.group) == 1
      && EC_KEY_set_private_key(pointer, secret.pointer) == 1
    precondition(made, "libcrypto refused the key")
  }

  deinit { EC_KEY_free(pointer) }

  /// Signs with a given nonce; nil in the practically impossible case that R is zero.
  ///
  /// libcrypto computes S itself, because it blinds the product with the private key.
  func sign(digest: [UInt8], nonce: BigNumber) -> RecoverableSignature? {
    let (x, y) = CurvePoint.generator(times: nonce).affine()
    let first = x.reduced()
    guard first.isScalar else { return nil }
    let inverse = nonce.inverted()
    guard
      let signature = ECDSA_do_sign_ex(
        digest, Int32(digest.count), inverse.pointer, first.pointer, pointer),
      let libraryS = ECDSA_SIG_get0_s(signature)
    else { preconditionFailure("libcrypto refused to sign") }
    defer { ECDSA_SIG_free(signature) }
    var recoveryID: UInt8 = (x.isBelowOrder ? 0 : 2) | (y.isOdd ? 1 : 0)
    var second = BigNumber()
    precondition(BN_copy(second.pointer, libraryS) != nil, "out of memory")
    if second.isAboveHalfOrder {
      second = second.negated()
      recoveryID ^= 1
    }
    return RecoverableSignature(compact: first.bytes() + second.bytes(), recoveryID: recoveryID)
  }
}
