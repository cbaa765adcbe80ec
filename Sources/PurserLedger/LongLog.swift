internal import LibSQLite

/// Puts SQLite's log back into the database when it has become long.
///
/// SQLite would do so by itself, inside the commit that makes the log too long, so that a whole
/// group waits for its answers; and it would do it in a way that a failing disk can turn into a
/// broken database. What it puts back while a reader is in the way it does not sync, and never puts
/// back again. When a later sync fails, Linux forgets that earlier part along with the rest, while
/// SQLite repeats the rest alone. Here each part is synced before the next.
final class LongLog {
  private let connection: SQLiteConnection
  private let endProcess: @Sendable (String) -> Never
  /// The length at the last try.
  private var lastLength = 0

  /// In pages of 4 KiB: a page that changed often is put back once, so that fewer and longer
  /// checkpoints write less.
  private static let long = 2000
  /// How much is added before the next try, where a reader keeps the log from beginning anew.
  private static let step = 1000

  init(of connection: SQLiteConnection, endProcess: @escaping @Sendable (String) -> Never) {
    self.connection = connection
    self.endProcess = endProcess
    connection.takeOverCheckpoints()
  }

  /// To be called when nobody waits for an answer.
  func putBackWhenLong() {
    let length = connection.pagesInLog
    // One that is shorter than it was has begun anew.
    let added = length < lastLength ? length : length - lastLength
    guard length >= Self.long, added >= Self.step else { return }
    lastLength = length
    // What could not be put back is in the log, and is the next time.
    guard let isWhole = try? connection.checkpoint(), !isWhole else { return }
    syncPart()
  }

  private func syncPart() {
    do throws(SQLiteError) { try connection.syncDatabase() } catch {
      endProcess(
        "\(error), while the log was put back into it: check the disk, then start again: "
          + "the log has everything")
    }
  }
}
