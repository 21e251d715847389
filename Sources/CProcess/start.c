// Starts a program with fewer rights than this process; posix_spawn cannot express most of it.
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Until exec, the child shares the memory of this process, whose thread waits, as after vfork: no
// page with a secret is copied. The child allocates no memory and takes no lock.

enum { STACK = 1 << 16 };

struct start {
  const struct moltseal_child *child;
  pid_t parent;
  int is_isolated;
  char users[64], groups[64];
  int error;
};

static void put(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t count = write(file, text, strlen(text));
  (void)count;
  close(file);
}

static void limit(int resource, unsigned long most) {
  struct rlimit now;
  if (most == 0 || getrlimit(resource, &now) != 0) return;
  // The CPU limit first warns, then kills.
  unsigned long hard = resource == RLIMIT_CPU ? most + 5 : most;
  if (now.rlim_cur > most) now.rlim_cur = most;
  if (now.rlim_max > hard) now.rlim_max = hard;
  setrlimit(resource, &now);
}

static int put_at(int wanted, int number) {
  if (wanted == number) return fcntl(wanted, F_SETFD, 0);
  return dup2(wanted, number);
}

static int begin(void *argument) {
  struct start *start = argument;
  const struct moltseal_child *child = start->child;
  if (child->has_own_group) setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != start->parent && !start->is_isolated) _exit(127);
  for (int number = 1; number < NSIG; number++) {
    struct sigaction now;
    if (sigaction(number, NULL, &now) != 0 || now.sa_handler == SIG_IGN) continue;
    now.sa_handler = SIG_DFL;
    now.sa_flags = 0;
    sigaction(number, &now, NULL);
  }
  if (start->is_isolated) {
    // A process that may not be inspected cannot write the maps. Without them the program runs as
    // nobody inside, and still owns its files outside.
    put("/proc/self/setgroups", "deny");
    put("/proc/self/uid_map", start->users);
    put("/proc/self/gid_map", start->groups);
  }
  int input = child->input < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : child->input;
  int is_set = input >= 0 && put_at(input, 0) >= 0 && put_at(child->output, 1) >= 0 &&
               put_at(child->errors, 2) >= 0 &&
               (child->inherited < 0 || fcntl(child->inherited, F_SETFD, 0) == 0);
  if (is_set) {
    limit(RLIMIT_DATA, child->memory);
    limit(RLIMIT_CPU, child->seconds);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(child->path, child->arguments, child->variables);
  }
  start->error = errno;
  _exit(127);
}

static pid_t try_start(struct start *start) {
  _Alignas(16) char stack[STACK];
  int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
  if (start->is_isolated) flags |= CLONE_NEWUSER | CLONE_NEWNET;
  start->error = 0;
  pid_t process = clone(begin, stack + STACK, flags, start);
  if (process < 0) {
    start->error = errno;
  } else if (start->error != 0) {
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR) continue;
    process = -1;
  }
  return process;
}

pid_t moltseal_start(const struct moltseal_child *child) {
  struct start start = {
      .child = child, .parent = getpid(), .is_isolated = child->has_no_network};
  snprintf(start.users, sizeof start.users, "%u %u 1", geteuid(), geteuid());
  snprintf(start.groups, sizeof start.groups, "%u %u 1", getegid(), getegid());
  // No handler of this process runs in the child.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  pid_t process = try_start(&start);
  // The machine cannot provide such a network, or root could no longer open another user's files.
  if (process < 0 && start.is_isolated) {
    start.is_isolated = 0;
    process = try_start(&start);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  errno = start.error;
  return process;
}

static int nothing(void *argument) {
  (void)argument;
  _exit(0);
}

int moltseal_can_isolate(void) {
  _Alignas(16) char stack[STACK];
  int flags = CLONE_VM | CLONE_VFORK | CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD;
  pid_t process = clone(nothing, stack + STACK, flags, NULL);
  if (process < 0) return 0;
  while (waitpid(process, NULL, 0) < 0 && errno == EINTR) continue;
  return 1;
}

long moltseal_seconds(void) {
  struct timespec now;
  return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? now.tv_sec : 0;
}
