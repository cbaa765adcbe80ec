// libsqlite3, and the two destructor constants that Swift cannot see because they are casts.
#ifndef PURSER_CSQLITE_SHIM_H
#define PURSER_CSQLITE_SHIM_H

#include <sqlite3.h>

// SQLITE_TRANSIENT: SQLite makes its own copy before the call returns.
static inline int purser_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
  // A null pointer would bind NULL; an empty text is not NULL.
  return sqlite3_bind_text(statement, index, length == 0 ? "" : text, length, SQLITE_TRANSIENT);
}

static inline int purser_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int length) {
  // A null pointer would bind NULL; an empty blob is not NULL.
  return length == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                     : sqlite3_bind_blob(statement, index, bytes, length, SQLITE_TRANSIENT);
}

// Counts no memory: nobody asks, and the count is behind a lock that every allocation would take.
// It is no error when SQLite is in use already.
static inline void purser_count_no_memory(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// Syncs the file of the database through SQLite's own descriptor: to close another one of the same
// file would drop SQLite's locks.
static inline int purser_sync_database(sqlite3 *database) {
  sqlite3_file *file = 0;
  int code = sqlite3_file_control(database, 0, SQLITE_FCNTL_FILE_POINTER, &file);
  if (code != SQLITE_OK) return code;
  return file->pMethods ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : SQLITE_MISUSE;
}

#endif
