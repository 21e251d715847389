// What the kernel passes to a process, and the signals that would leave a terminal without echo.
#ifndef MOLTSEAL_CPROCESS_H
#define MOLTSEAL_CPROCESS_H

#include <signal.h>
#include <sys/types.h>

// The arguments of `main`, beginning with the program's name. Swift's own CommandLine reads them
// from /proc, and finds none if that is not mounted.
int moltseal_argument_count(void);
char **moltseal_arguments(void);

// The current environment: `NAME=value` strings, followed by NULL.
char **moltseal_environment(void);

// Holds back every signal that would end or stop the process, until `moltseal_release_signals`.
// Such a signal is delivered only during `moltseal_wait_readable`, and is then recorded instead of
// obeyed.
void moltseal_hold_signals(void);
void moltseal_release_signals(void);

// Waits until `descriptor` can be read. Returns 1 if it can, 0 after `milliseconds` (no limit if
// negative), and -1 if a signal came or poll(2) failed.
int moltseal_wait_readable(int descriptor, int milliseconds);

// Returns the signal that came, or 0 if none did, and forgets it.
int moltseal_take_signal(void);

// Overwrites what finished calls left below this one on the stack, and in the vector registers,
// which the dynamic linker saves on the stack whenever it looks up a function.
void moltseal_wipe_stack(void);

// Makes an unnamed file in memory, which children inherit if `inherited` is not 0; -1 if that
// fails.
int moltseal_memory_file(int inherited);

// Makes a pipe that no child inherits by itself: reading end, then writing end; -1 if that fails.
int moltseal_pipe(int ends[2]);

// How a program is started.
struct moltseal_child {
  const char *path;
  char *const *arguments;
  char *const *variables;
  // Its three standard descriptors; a negative input means /dev/null.
  int input, output, errors;
  // One more descriptor that it inherits under the same number; negative for none.
  int inherited;
  // Whether it starts its own process group, so that the processes it starts end with it.
  int has_own_group;
  // Whether it gets its own, empty network; if the kernel refuses that, it starts anyway.
  int has_no_network;
  // How much writable memory, in bytes, and how many CPU seconds it may use; 0 for the limits of
  // this process.
  unsigned long memory, seconds;
};

// Starts a program that ends when this process ends; -1, with errno, if it cannot be run.
pid_t moltseal_start(const struct moltseal_child *child);

// Seconds since some moment, independent of the system time.
long moltseal_seconds(void);

// Whether a program can get its own network here.
int moltseal_can_isolate(void);

#endif
