// What the kernel hands to a process, and the signals that would leave a terminal without echo.
#ifndef MOLTSEAL_CPROCESS_H
#define MOLTSEAL_CPROCESS_H

#include <signal.h>
#include <sys/types.h>

// The arguments of `main`, the program's name first. Swift's own CommandLine reads them from
// /proc, and finds none where that is not mounted.
int moltseal_argument_count(void);
char **moltseal_arguments(void);

// The environment as it is now: `NAME=value` strings, the last one NULL.
char **moltseal_environment(void);

// Holds back every signal that would end or stop the process, until `moltseal_release_signals`:
// they come through while `moltseal_wait_readable` waits, and are then remembered, not obeyed.
void moltseal_hold_signals(void);
void moltseal_release_signals(void);

// Waits until `descriptor` can be read: 1; 0 after `milliseconds` (none below 0); -1 where a signal
// came, or poll(2) failed.
int moltseal_wait_readable(int descriptor, int milliseconds);

// The signal that came; 0 where none did. Asking forgets it.
int moltseal_take_signal(void);

// Overwrites what calls that are over have left below this one on the stack, and in the vector registers, which
// the dynamic linker saves on the stack whenever it looks up a function.
void moltseal_wipe_stack(void);

// A file without a name, in memory alone, which children inherit where `inherited` is not 0; -1
// where there is none to be had.
int moltseal_memory_file(int inherited);

// How a program is started.
struct moltseal_child {
  const char *path;
  char *const *arguments;
  char *const *variables;
  // Its three standard descriptors; below 0 for /dev/null as its input.
  int input, output, errors;
  // One more that it inherits under the same number; below 0 for none.
  int inherited;
  // Whether it begins a process group of its own, so that what it starts ends with it.
  int has_own_group;
  // Whether it gets a network of its own with nothing in it; where the kernel refuses that, it
  // starts all the same.
  int has_no_network;
  // How much writable memory, in bytes, and how many seconds of a processor it may use; 0 for as
  // much as this process.
  unsigned long memory, seconds;
};

// Starts a program that ends when this process ends; -1, with errno, where it cannot be run.
pid_t moltseal_start(const struct moltseal_child *child);

// Seconds that have passed since some moment, whatever the clock is set to.
long moltseal_seconds(void);

// Whether a program could be given a network of its own here.
int moltseal_can_isolate(void);

#endif
