internal import FoundationEssentials
public import L402
internal import LibCrypto
internal import LibSQLite
public import PurserCore

/// A Lightning network in one file: nodes with keys and balances that make real, signed BOLT 11
/// invoices and pay them to each other.
///
/// Preimages live in the file and reach a payer only by payment. The file is the network: a
/// payment on its way settles at its time whether or not the process that ordered it still runs.
/// Several processes may use one file at once.
public final class SimulatedNetwork: Sendable {
  /// The Bitcoin network that the invoices name.
  public let bitcoinNetwork: BitcoinNetwork

  let store: SimulatedStore
  let now: @Sendable () -> Timestamp

  /// Opens the network whose file is at `path`, made if it is missing.
  /// - Throws: ``SimulatedNetworkError`` when the file cannot be used, was written by a newer
  ///   version, or simulates another Bitcoin network.
  public init(
    path: String, bitcoinNetwork: BitcoinNetwork = .regtest,
    now: @escaping @Sendable () -> Timestamp = SystemClock.now
  ) throws(SimulatedNetworkError) {
    self.bitcoinNetwork = bitcoinNetwork
    self.now = now
    store = try SimulatedStore(path: path)
    let stored = try store.transaction { connection throws(SQLiteError) in
      let stored = try connection.text("SELECT name FROM network")
      if stored == nil {
        try connection.run(
          "INSERT INTO network (name) VALUES (?1)", [.text(bitcoinNetwork.rawValue)])
      }
      return stored
    }
    if let stored, stored != bitcoinNetwork.rawValue { throw .otherNetwork(stored) }
  }

  /// The wallet of the node called `name`, made with a random key and `openingBalance` if it is
  /// new.
  /// - Throws: ``SimulatedNetworkError/badName`` or ``SimulatedNetworkError/store(_:)``.
  public func wallet(
    of name: String, openingBalance: Msat = .zero
  ) throws(SimulatedNetworkError) -> SimulatedWallet {
    guard (1...64).contains(name.utf8.count) else { throw .badName }
    let key = Self.newPrivateKey()
    try store.transaction { connection throws(SQLiteError) in
      try connection.run(
        """
        INSERT INTO nodes (name, private_key, balance_msat) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING
        """, [.text(name), .blob(key), .msat(openingBalance)])
    }
    return SimulatedWallet(network: self, node: name)
  }

  /// The node's 33-byte compressed public key: the payee of its invoices.
  /// - Throws: ``SimulatedNetworkError``.
  public func publicKey(of node: String) throws(SimulatedNetworkError) -> [UInt8] {
    let key = try privateKey(of: node)
    do throws(Secp256k1Error) {
      return try Secp256k1.publicKey(privateKey: key)
    } catch {
      throw .store("the key of \(node) is damaged")
    }
  }

  /// What the node can spend.
  /// - Throws: ``SimulatedNetworkError``.
  public func balance(of node: String) throws(SimulatedNetworkError) -> Msat {
    try resolveDue()
    return try column("balance_msat", of: node) { row in row.msat(0) }
  }

  /// Gives the node `amount` out of nothing.
  /// - Throws: ``SimulatedNetworkError``.
  public func fund(_ node: String, with amount: Msat) throws(SimulatedNetworkError) {
    guard try balance(of: node).adding(amount) != nil else { throw .amountOutOfRange }
    try change(node, "balance_msat = balance_msat + ?2", [.msat(amount)])
  }

  /// Sets how the node pays from now on.
  /// - Throws: ``SimulatedNetworkError``.
  public func configure(
    _ node: String, _ behavior: SimulatedBehavior
  ) throws(SimulatedNetworkError) {
    try change(
      node,
      """
      delay_ms = ?2, base_fee_msat = ?3, fee_ppm = ?4, is_reachable = ?5, is_forgetful = ?6
      """,
      [
        .optional(behavior.delayMilliseconds), .msat(behavior.baseFee),
        .integer(Int64(behavior.feePartsPerMillion)), .integer(behavior.isReachable ? 1 : 0),
        .integer(behavior.isForgetful ? 1 : 0),
      ])
  }

  /// How the node pays.
  /// - Throws: ``SimulatedNetworkError``.
  public func behavior(of node: String) throws(SimulatedNetworkError) -> SimulatedBehavior {
    try column(SimulatedBehavior.columns, of: node) { row in
      SimulatedBehavior(row)
    }
  }

  /// Lets `fault` strike each of the node's next `times` payments, after those already injected.
  /// - Throws: ``SimulatedNetworkError``.
  public func inject(
    _ fault: SimulatedFault, into node: String, times: Int = 1
  ) throws(SimulatedNetworkError) {
    _ = try behavior(of: node)
    try store.transaction { connection throws(SQLiteError) in
      for _ in 0..<times {
        try connection.run(
          "INSERT INTO faults (node, kind, delay_ms, reason) VALUES (?1, ?2, ?3, ?4)",
          [.text(node)] + fault.columns)
      }
    }
  }

  /// Takes back the faults that have not struck yet.
  /// - Throws: ``SimulatedNetworkError``.
  public func clearFaults(of node: String) throws(SimulatedNetworkError) {
    try store.transaction { connection throws(SQLiteError) in
      try connection.run("DELETE FROM faults WHERE node = ?1", [.text(node)])
    }
  }

  /// Makes an invoice that pays `node`.
  /// - Throws: ``SimulatedNetworkError``.
  public func createInvoice(
    _ request: InvoiceRequest, for node: String
  ) throws(SimulatedNetworkError) -> Invoice {
    guard try behavior(of: node).isReachable else { throw .unreachable }
    let key = try privateKey(of: node)
    let preimage = randomBytes(32)
    var draft = InvoiceDraft(
      network: bitcoinNetwork, amountMsat: request.amount.value,
      timestampSeconds: now().seconds, paymentHash: SHA256.hash(preimage),
      paymentSecret: randomBytes(32), purpose: .description(request.description))
    draft.expirySeconds = request.expirySeconds
    let invoice: Invoice
    do throws(InvoiceError) {
      invoice = try draft.signed(privateKey: key)
    } catch {
      throw .badInvoice(error.description)
    }
    try store.transaction { connection throws(SQLiteError) in
      try connection.run(
        "INSERT INTO invoices (payment_hash, preimage, payee, text) VALUES (?1, ?2, ?3, ?4)",
        [.blob(invoice.paymentHash), .blob(preimage), .text(node), .text(invoice.text)])
    }
    return invoice
  }
}

extension SimulatedNetwork {
  private static func newPrivateKey() -> [UInt8] {
    while true {
      let key = randomBytes(Secp256k1.privateKeyLength)
      // All but one in 2^127 are good.
      if (try? Secp256k1.publicKey(privateKey: key)) != nil { return key }
    }
  }

  private func privateKey(of node: String) throws(SimulatedNetworkError) -> [UInt8] {
    try column("private_key", of: node) { row in row.blob(0) }
  }

  private func column<Value: Sendable>(
    _ columns: String, of node: String, _ read: (borrowing SQLiteRow) -> Value
  ) throws(SimulatedNetworkError) -> Value {
    let found = try store.transaction { connection throws(SQLiteError) in
      try connection.rows("SELECT \(columns) FROM nodes WHERE name = ?1", [.text(node)], read).first
    }
    guard let found else { throw .unknownNode(node) }
    return found
  }

  private func change(
    _ node: String, _ assignments: String, _ values: [SQLiteValue]
  ) throws(SimulatedNetworkError) {
    let changed = try store.transaction { connection throws(SQLiteError) in
      try connection.run(
        "UPDATE nodes SET \(assignments) WHERE name = ?1", [.text(node)] + values)
      return connection.changedRows
    }
    guard changed == 1 else { throw .unknownNode(node) }
  }
}

extension SimulatedBehavior {
  /// The columns of a node that say how it pays.
  static let columns = "delay_ms, base_fee_msat, fee_ppm, is_reachable, is_forgetful"

  /// The behavior in ``columns``.
  init(_ row: borrowing SQLiteRow) {
    self.init(
      delayMilliseconds: UInt64(clamping: row.integer(0)), baseFee: row.msat(1),
      feePartsPerMillion: UInt32(clamping: row.integer(2)), isReachable: row.integer(3) != 0,
      isForgetful: row.integer(4) != 0)
  }
}

extension SQLiteValue {
  /// An amount, which always fits.
  static func msat(_ amount: Msat) -> SQLiteValue { .integer(Int64(amount.value)) }
}

extension SQLiteRow {
  /// The amount in column `index`; the tables hold no other.
  borrowing func msat(_ index: Int32) -> Msat { Msat(UInt64(clamping: integer(index))) ?? .max }
}
