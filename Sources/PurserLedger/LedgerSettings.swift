package import LibSQLite
public import PurserCore

/// What a ledger may be told beside where it is.
public struct LedgerSettings: Sendable {
  /// Bounds that the policy sets at the start; a command changes them.
  public var bounds: LedgerState.Bounds
  /// The most commands that wait; over it they are refused as overloaded.
  public var queueCapacity: Int
  /// The most commands in one transaction.
  public var groupLimit: Int
  /// How often lapsed holds are looked for, in milliseconds.
  public var sweepIntervalMs: Int
  /// Where the days, weeks and months of limits begin.
  public var calendar: any SpendCalendar
  /// Ends the process, with the reason: called when a commit failed and cannot be undone either.
  ///
  /// What is on the disk is then unknown, and so are the answers to those who wait; a new process
  /// takes up what the disk has. By default it traps.
  public var endProcess: @Sendable (_ reason: String) -> Never = { fatalError($0) }
  /// The most archived events that leave the database with one command, a multiple of 256: so many
  /// hold the writer up for some tens of milliseconds.
  package var trimmedAtOnce: UInt64 = 16_384
  /// Called inside each transaction before its first command: where tests make it fail.
  package var beforeGroup: @Sendable (SQLiteConnection) throws(SQLiteError) -> Void = {
    (_: SQLiteConnection) throws(SQLiteError) in
  }

  /// Settings with the defaults: 4,096 waiting, 512 in a transaction, a sweep each second.
  public init(
    bounds: LedgerState.Bounds = LedgerState.Bounds(), queueCapacity: Int = 4096,
    groupLimit: Int = 512, sweepIntervalMs: Int = 1000,
    calendar: any SpendCalendar = SystemCalendar()
  ) {
    self.bounds = bounds
    self.queueCapacity = queueCapacity
    self.groupLimit = groupLimit
    self.sweepIntervalMs = sweepIntervalMs
    self.calendar = calendar
  }
}
