// The SQLite that the bench fills a ledger with.
#include <sqlite3.h>
