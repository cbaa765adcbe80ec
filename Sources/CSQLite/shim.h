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

#endif
