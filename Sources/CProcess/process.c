// What the kernel hands to a process, and the signals that would leave a terminal without echo.
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int argument_count;
static char **arguments;

// glibc hands what `main` gets to every constructor. This one runs before Swift's runtime, so that
// the time in which another process of the user may open this one is as short as a program itself
// can make it; a binary without read permission has none (docs/security.md).
__attribute__((constructor(101))) static void begin(int count, char **words, char **environment) {
  (void)environment;
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  argument_count = count;
  arguments = words;
}

int moltseal_argument_count(void) { return argument_count; }
char **moltseal_arguments(void) { return arguments; }
char **moltseal_environment(void) { return environ; }

static volatile sig_atomic_t caught;
static struct sigaction before[NSIG];
static char is_held[NSIG];
static sigset_t mask_before;

static void remember(int number) { caught = number; }

// Signals that neither end nor stop a process, that cannot be caught, or that a fault of its own
// raises.
static int is_left_alone(int number) {
  switch (number) {
  case SIGKILL: case SIGSTOP: case SIGCHLD: case SIGCONT: case SIGURG: case SIGWINCH:
  case SIGSEGV: case SIGBUS: case SIGFPE: case SIGILL: case SIGTRAP: case SIGABRT:
    return 1;
  default:
    return 0;
  }
}

void moltseal_hold_signals(void) {
  sigset_t held;
  sigemptyset(&held);
  caught = 0;
  for (int number = 1; number < NSIG; number++) {
    is_held[number] = 0;
    if (is_left_alone(number) || sigaction(number, NULL, &before[number]) != 0) continue;
    // What the parent has told this process to ignore stays ignored.
    if (before[number].sa_handler == SIG_IGN) continue;
    struct sigaction action = {0};
    action.sa_handler = remember;
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, NULL) != 0) continue;
    is_held[number] = 1;
    sigaddset(&held, number);
  }
  sigprocmask(SIG_BLOCK, &held, &mask_before);
}

void moltseal_release_signals(void) {
  for (int number = 1; number < NSIG; number++)
    if (is_held[number]) sigaction(number, &before[number], NULL);
  sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

int moltseal_wait_readable(int descriptor, int milliseconds) {
  struct pollfd one = {.fd = descriptor, .events = POLLIN};
  struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
  return ppoll(&one, 1, milliseconds < 0 ? NULL : &time, &mask_before);
}

int moltseal_take_signal(void) {
  int number = caught;
  caught = 0;
  return number;
}

int moltseal_memory_file(int inherited) {
  return memfd_create("moltseal", inherited ? 0 : MFD_CLOEXEC);
}
