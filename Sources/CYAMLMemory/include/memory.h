// libyaml functions that none of its headers declares.
#ifndef MOLTSEAL_CYAML_MEMORY_H
#define MOLTSEAL_CYAML_MEMORY_H
#include <stddef.h>

void *yaml_realloc(void *old, size_t size);
void yaml_free(void *block);

#endif
