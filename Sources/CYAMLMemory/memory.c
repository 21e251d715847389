// libyaml's allocator, which overwrites memory before it frees it.
//
// libyaml grows every scalar by doubling, so a value leaves a prefix of itself in each block that
// realloc gave up. Its own yaml_realloc and yaml_free (src/api.c) are exported and called through
// the linker's table; the ones here replace them in every program that links this.
#include "memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *yaml_realloc(void *old, size_t size) {
  void *block = malloc(size ? size : 1);
  if (!block || !old) return block;
  size_t room = malloc_usable_size(old);
  memcpy(block, old, room < size ? room : size);
  yaml_free(old);
  return block;
}

void yaml_free(void *block) {
  if (block) explicit_bzero(block, malloc_usable_size(block));
  free(block);
}
