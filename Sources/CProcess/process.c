// What the kernel passes to a process, and the signals that would leave a terminal without echo.
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int argument_count;
static char **arguments;

// glibc passes the arguments of `main` to every constructor. This one runs before Swift's runtime,
// so that the time in which another process of the user may open this one is as short as a program
// can make it; for a binary without read permission that time is zero (docs/security.md).
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

// Signals that neither end nor stop a process, that cannot be caught, or that a fault of the
// process raises.
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
    // Signals that the parent told this process to ignore stay ignored.
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

int moltseal_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int moltseal_memory_file(int inherited) {
  return memfd_create("moltseal", inherited ? 0 : MFD_CLOEXEC);
}

#if defined(__x86_64__)
// Memory copies use these registers; sixteen of them can only be named with AVX-512.
__attribute__((target("avx512f"))) static void wipe_high_registers(void) {
#define WIPE(n) __asm__ volatile("vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n ::: "xmm" #n)
  WIPE(16); WIPE(17); WIPE(18); WIPE(19); WIPE(20); WIPE(21); WIPE(22); WIPE(23);
  WIPE(24); WIPE(25); WIPE(26); WIPE(27); WIPE(28); WIPE(29); WIPE(30); WIPE(31);
#undef WIPE
}

static void wipe_registers(void) {
  if (__builtin_cpu_supports("avx512f")) wipe_high_registers();
  if (__builtin_cpu_supports("avx")) {
    __asm__ volatile("vzeroall" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                     "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    return;
  }
#define WIPE(n) __asm__ volatile("pxor %%xmm" #n ", %%xmm" #n ::: "xmm" #n)
  WIPE(0); WIPE(1); WIPE(2); WIPE(3); WIPE(4); WIPE(5); WIPE(6); WIPE(7);
  WIPE(8); WIPE(9); WIPE(10); WIPE(11); WIPE(12); WIPE(13); WIPE(14); WIPE(15);
#undef WIPE
}
#else
static void wipe_registers(void) {}
#endif

__attribute__((noinline)) void moltseal_wipe_stack(void) {
  char below[1 << 16];
  explicit_bzero(below, sizeof below);
  wipe_registers();
}
