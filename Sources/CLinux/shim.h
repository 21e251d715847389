// The Linux calls that Swift's Glibc module lacks.
#ifndef MOLTSEAL_CLINUX_SHIM_H
#define MOLTSEAL_CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

// openat2(2) beneath `dirfd`: no "..", absolute path or symbolic link may leave it. With `links` 0
// no symbolic link is followed at all.
static inline int moltseal_open_beneath(int dirfd, const char *path, int flags, unsigned mode, int links) {
  struct open_how how = {0};
  how.flags = (unsigned long long)flags | O_CLOEXEC;
  how.mode = (flags & O_CREAT) ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (links ? 0 : RESOLVE_NO_SYMLINKS);
  return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

// O_PATH of <fcntl.h>, which defines it only for GNU sources.
#define MOLTSEAL_O_PATH 010000000

#endif
