#undef _FORTIFY_SOURCE
#define _GNU_SOURCE
#include "KillPoints.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long changes;
static long deadly;

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("KILL_AT");
  deadly = at ? atol(at) : 0;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("KILL_POINTS_FILE");
  if (!path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld", atomic_load(&changes));
  fclose(file);
}

static int isDeadly(void) { return atomic_fetch_add(&changes, 1) + 1 == deadly; }

static void die(void) { kill(getpid(), SIGKILL); }

static void change(void) {
  if (isDeadly()) die();
}

// The function that would have been called: RESULT name(PARAMETERS).
#define NEXT(RESULT, NAME, ...) ((RESULT(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #NAME))

#define INTERPOSE(NAME, PARAMETERS, TYPES, ARGUMENTS)  \
  int NAME PARAMETERS {                                \
    change();                                          \
    return ((int(*) TYPES)dlsym(RTLD_NEXT, #NAME)) ARGUMENTS; \
  }

INTERPOSE(rename, (const char *a, const char *b), (const char *, const char *), (a, b))
INTERPOSE(link, (const char *a, const char *b), (const char *, const char *), (a, b))
INTERPOSE(unlink, (const char *a), (const char *), (a))
INTERPOSE(unlinkat, (int d, const char *a, int f), (int, const char *, int), (d, a, f))
INTERPOSE(rmdir, (const char *a), (const char *), (a))
INTERPOSE(mkdir, (const char *a, mode_t m), (const char *, mode_t), (a, m))
INTERPOSE(fsync, (int d), (int), (d))
INTERPOSE(fdatasync, (int d), (int), (d))
INTERPOSE(ftruncate, (int d, off_t n), (int, off_t), (d, n))
INTERPOSE(ftruncate64, (int d, off64_t n), (int, off64_t), (d, n))
INTERPOSE(posix_fallocate, (int d, off_t o, off_t n), (int, off_t, off_t), (d, o, n))

#define INTERPOSE_OPEN(NAME)                                              \
  int NAME(const char *path, int flags, ...) {                            \
    mode_t mode = 0;                                                      \
    if (flags & (O_CREAT | O_TMPFILE)) {                                  \
      va_list rest;                                                       \
      va_start(rest, flags);                                              \
      mode = va_arg(rest, mode_t);                                        \
      va_end(rest);                                                       \
      change();                                                           \
    }                                                                     \
    return NEXT(int, NAME, const char *, int, mode_t)(path, flags, mode); \
  }

INTERPOSE_OPEN(open)
INTERPOSE_OPEN(open64)

static int isFile(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

#define INTERPOSE_PWRITE(NAME, OFFSET)                                                        \
  ssize_t NAME(int descriptor, const void *bytes, size_t count, OFFSET offset) {              \
    ssize_t (*next)(int, const void *, size_t, OFFSET) =                                      \
      NEXT(ssize_t, NAME, int, const void *, size_t, OFFSET);                                 \
    if (isDeadly()) {                                                                         \
      next(descriptor, bytes, count / 2, offset);                                             \
      die();                                                                                  \
    }                                                                                         \
    return next(descriptor, bytes, count, offset);                                            \
  }

INTERPOSE_PWRITE(pwrite, off_t)
INTERPOSE_PWRITE(pwrite64, off64_t)

ssize_t write(int descriptor, const void *bytes, size_t count) {
  ssize_t (*next)(int, const void *, size_t) = NEXT(ssize_t, write, int, const void *, size_t);
  // What the program says is no change of the file system, wherever it goes.
  if (descriptor > STDERR_FILENO && isFile(descriptor) && isDeadly()) {
    next(descriptor, bytes, count / 2);
    die();
  }
  return next(descriptor, bytes, count);
}
