import LibSQLite
import Testing

@Suite struct LibSQLiteTests {
  let connection: SQLiteConnection

  init() throws {
    connection = try SQLiteConnection(path: ":memory:")
    try connection.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, body BLOB)")
  }

  @Test func `what is bound is what is read, empty and null kept apart`() throws {
    let insert = "INSERT INTO things (name, body) VALUES (?1, ?2)"
    try connection.run(insert, [.text("caf\u{e9} \u{0} end"), .blob([0, 255])])
    try connection.run(insert, [.text(""), .blob([])])
    try connection.run(insert, [.null, .optional(nil as [UInt8]?)])
    let rows = try connection.rows("SELECT name, body FROM things ORDER BY id") { row in
      (row.optionalText(0), row.optionalBlob(1))
    }
    #expect(rows.map(\.0) == ["caf\u{e9} \u{0} end", "", nil])
    #expect(rows.map(\.1) == [[0, 255], [], nil])
    #expect(try connection.integer("SELECT max(id) FROM things") == 3)
    #expect(try connection.integer("SELECT id FROM things WHERE id = 9") == nil)
  }

  @Test func `a transaction that throws changes nothing`() throws {
    #expect(throws: SQLiteError.self) {
      try connection.transaction { () throws(SQLiteError) in
        try connection.run("INSERT INTO things (id) VALUES (?1)", [.integer(1)])
        try connection.run("INSERT INTO things (id) VALUES (?1)", [.integer(1)])
      }
    }
    #expect(try connection.integer("SELECT count(*) FROM things") == 0)
    try connection.transaction { () throws(SQLiteError) in
      try connection.run("INSERT INTO things (id) VALUES (?1)", [.integer(1)])
    }
    #expect(try connection.integer("SELECT count(*) FROM things") == 1)
  }

  @Test func `an error carries the extended code, and no value that was bound`() throws {
    try connection.run("INSERT INTO things (id, name) VALUES (1, ?1)", [.text("s3cret")])
    let error = #expect(throws: SQLiteError.self) {
      try connection.run("INSERT INTO things (id, name) VALUES (1, ?1)", [.text("s3cret")])
    }
    #expect(error?.code == 1555)
    #expect(error?.primaryCode == 19)
    #expect(error?.description.contains("s3cret") == false)
  }

  @Test func `a missing file opened read-only is an error`() {
    #expect(throws: SQLiteError.self) {
      try SQLiteConnection(path: "/nonexistent/nothing.db", mode: .readOnly)
    }
  }
}
