// A layer between the daemon and the C library that sees each write to the files of the ledger.
//
// The crash tests compile it into a shared library and start purserd with it in LD_PRELOAD. It does
// two things. It records what the daemon does to the ledger's files, with each sync, so that a test
// can work out what a disk may hold after the power failed (Platter.swift). And it plays the faults
// that the test asks for at the place that it names: the process killed before or after a call, a
// write that is cut short, a call that fails, one that waits for the test (FaultPlan.swift).
//
// Only files by these names are looked at: $PURSER_FAULT_LEDGER, the same with -wal and -journal,
// and the directory that holds them, for its sync. The -shm file is no durable data. SQLite reads
// and writes through the calls below alone; it maps neither the database nor its log.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum file { NONE, MAIN, WAL, JOURNAL, DIRECTORY, FILES };

// What is written down. The numbers are those of Platter.swift.
enum operation { WRITE = 1, TRUNCATE, SYNC, SYNC_FAILED, CREATE, UNLINK };

// The kinds of calls that a step can wait for: one bit each, those of FaultPlan.swift.
enum call {
  MAIN_WRITE = 1,
  WAL_WRITE = 2,
  WAL_FIRST_WRITE = 4,  // the first one since the log was synced
  WAL_HEADER = 8,       // the log begins anew
  MAIN_SYNC = 16,
  WAL_SYNC = 32,
  DIRECTORY_SYNC = 64,
  JOURNAL_SYNC = 128,
};

enum action {
  KILL_BEFORE = 1,
  KILL_AFTER,
  FAIL,  // with an errno; nothing is done
  TEAR,  // a part of a write is done, then the process dies
  FILL,  // a part of a write is done, then each fails with ENOSPC
  WAIT_BEFORE,  // until the test lets it go on
  WAIT_AFTER,
};

struct step {
  uint64_t calls;     // which kinds it waits for
  uint64_t skip;      // how many of them pass first
  uint64_t action;
  uint64_t argument;  // the errno of FAIL; thousandths of a write for TEAR and FILL
  uint64_t times;     // how many calls in a row FAIL and FILL meet; 0 until the test says otherwise
};

// The file that the test and the layer share.
struct control {
  _Atomic uint64_t current;  // the step that is waited for, from 1; 0 for none
  _Atomic uint64_t fired;    // how many calls met a fault
  _Atomic uint64_t passed;   // how many of them may go on, where they wait
  struct step steps[4];
};

struct record {
  uint64_t operation, file, offset, length;
};

#define MOST_DESCRIPTORS 4096

static struct control *control;
static int recording = -1;
static char paths[FILES][512];
static _Atomic unsigned char files[MOST_DESCRIPTORS];
static int is_synced = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// The function that this one stands in front of.
#define REAL(name)                                      \
  ({                                                    \
    static __typeof__(&name) next;                      \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
    next;                                               \
  })

static void fatal(const char *what) {
  fprintf(stderr, "faultlayer: %s\n", what);
  abort();
}

__attribute__((constructor)) static void start(void) {
  const char *ledger = getenv("PURSER_FAULT_LEDGER");
  const char *shared = getenv("PURSER_FAULT_CONTROL");
  const char *log = getenv("PURSER_FAULT_RECORDING");
  if (!ledger || !shared || !log) fatal("its environment is not complete");
  if (strlen(ledger) > 400) fatal("the path is too long");
  snprintf(paths[MAIN], sizeof paths[0], "%s", ledger);
  snprintf(paths[WAL], sizeof paths[0], "%s-wal", ledger);
  snprintf(paths[JOURNAL], sizeof paths[0], "%s-journal", ledger);
  snprintf(paths[DIRECTORY], sizeof paths[0], "%s", ledger);
  *strrchr(paths[DIRECTORY], '/') = 0;
  int descriptor = REAL(open64)(shared, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) fatal("no control file");
  control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (control == MAP_FAILED) fatal("the control file cannot be mapped");
  recording = REAL(open64)(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (recording < 0) fatal("no recording");
}

static enum file file_of_path(const char *path) {
  for (int file = MAIN; file < FILES; file++)
    if (recording >= 0 && strcmp(path, paths[file]) == 0) return file;
  return NONE;
}

static enum file file_of(int descriptor) {
  return descriptor >= 0 && descriptor < MOST_DESCRIPTORS ? files[descriptor] : NONE;
}

static void put_down(enum operation operation, enum file file, off64_t offset, const void *data,
                     size_t length) {
  struct record record = {operation, file, offset, length};
  struct iovec parts[2] = {{&record, sizeof record}, {(void *)data, data ? length : 0}};
  ssize_t whole = sizeof record + parts[1].iov_len;
  if (writev(recording, parts, 2) != whole) fatal("the recording cannot be written");
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Waits, with the lock: nothing else is written meanwhile.
static void wait_for_test(void) {
  uint64_t turn = control->fired;
  while (control->passed < turn) usleep(500);
}

// The step that meets this call, or NULL. Under the lock.
static struct step *meet(unsigned calls) {
  uint64_t current = control->current;
  if (current == 0 || current > 4) return NULL;
  struct step *step = &control->steps[current - 1];
  if (!(step->calls & calls)) return NULL;
  if (step->skip > 0) {
    step->skip--;
    return NULL;
  }
  control->fired++;
  if (step->times > 0 && --step->times == 0)
    control->current = current < 4 && control->steps[current].action ? current + 1 : 0;
  if (step->action == KILL_BEFORE) die();
  if (step->action == WAIT_BEFORE) wait_for_test();
  return step;
}

static unsigned write_calls(enum file file, off64_t offset) {
  if (file == MAIN) return MAIN_WRITE;
  if (file != WAL) return 0;
  return WAL_WRITE | (is_synced ? WAL_FIRST_WRITE : 0) | (offset == 0 ? WAL_HEADER : 0);
}

static ssize_t write_at(enum file file, int descriptor, const void *data, size_t length,
                        off64_t offset) {
  pthread_mutex_lock(&lock);
  struct step *step = meet(write_calls(file, offset));
  unsigned action = step ? step->action : 0;
  size_t wanted = length;
  if (action == TEAR || action == FILL) wanted = length * step->argument / 1000;
  ssize_t written = -1;
  int error = action == FAIL ? (int)step->argument : ENOSPC;
  if (action != FAIL && (wanted > 0 || action == 0)) {
    written = REAL(pwrite64)(descriptor, data, wanted, offset);
    error = errno;
  }
  if (action == FILL) step->argument = 0;
  if (written > 0) put_down(WRITE, file, offset, data, written);
  if (file == WAL) is_synced = 0;
  if (action == KILL_AFTER || action == TEAR) die();
  if (action == WAIT_AFTER) wait_for_test();
  pthread_mutex_unlock(&lock);
  errno = error;
  return written;
}

static int sync_file(enum file file, int descriptor, int (*really)(int)) {
  static const unsigned calls[FILES] = {0, MAIN_SYNC, WAL_SYNC, JOURNAL_SYNC, DIRECTORY_SYNC};
  pthread_mutex_lock(&lock);
  struct step *step = meet(calls[file]);
  unsigned action = step ? step->action : 0;
  int error = action == FAIL ? (int)step->argument : EIO;
  int result = -1;
  if (action != FAIL) {
    result = really(descriptor);
    error = errno;
  }
  put_down(result == 0 ? SYNC : SYNC_FAILED, file, 0, NULL, 0);
  if (file == WAL) is_synced = 1;
  if (action == KILL_AFTER) die();
  if (action == WAIT_AFTER) wait_for_test();
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

static int open_file(const char *path, int flags, mode_t mode) {
  enum file file = file_of_path(path);
  if (file == NONE) return REAL(open64)(path, flags, mode);
  pthread_mutex_lock(&lock);
  int is_new = flags & O_CREAT && access(path, F_OK) != 0;
  int descriptor = REAL(open64)(path, flags, mode);
  int error = errno;
  if (descriptor >= MOST_DESCRIPTORS) fatal("too many descriptors");
  if (descriptor >= 0) {
    files[descriptor] = file;
    if (is_new) put_down(CREATE, file, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return descriptor;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_file(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_file(path, flags, mode);
}

int close(int descriptor) {
  if (file_of(descriptor) != NONE) files[descriptor] = NONE;
  return REAL(close)(descriptor);
}

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset) {
  enum file file = file_of(descriptor);
  if (file == NONE) return REAL(pwrite64)(descriptor, data, length, offset);
  return write_at(file, descriptor, data, length, offset);
}

ssize_t pwrite(int descriptor, const void *data, size_t length, off_t offset) {
  return pwrite64(descriptor, data, length, offset);
}

int fsync(int descriptor) {
  enum file file = file_of(descriptor);
  return file == NONE ? REAL(fsync)(descriptor) : sync_file(file, descriptor, REAL(fsync));
}

int fdatasync(int descriptor) {
  enum file file = file_of(descriptor);
  return file == NONE ? REAL(fdatasync)(descriptor)
                      : sync_file(file, descriptor, REAL(fdatasync));
}

int ftruncate64(int descriptor, off64_t length) {
  enum file file = file_of(descriptor);
  if (file == NONE) return REAL(ftruncate64)(descriptor, length);
  pthread_mutex_lock(&lock);
  int result = REAL(ftruncate64)(descriptor, length);
  int error = errno;
  if (result == 0) put_down(TRUNCATE, file, length, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

int unlink(const char *path) {
  enum file file = file_of_path(path);
  if (file == NONE) return REAL(unlink)(path);
  pthread_mutex_lock(&lock);
  int result = REAL(unlink)(path);
  int error = errno;
  if (result == 0) put_down(UNLINK, file, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

// SQLite writes with pwrite alone; a write that the layer would not see is a mistake in the tests.
ssize_t write(int descriptor, const void *data, size_t length) {
  if (file_of(descriptor) != NONE) fatal("write() to a file of the ledger");
  return REAL(write)(descriptor, data, length);
}
