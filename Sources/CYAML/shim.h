// libyaml as it is; the module exists to name the header.
#ifndef MOLTSEAL_CYAML_SHIM_H
#define MOLTSEAL_CYAML_SHIM_H
#include <yaml.h>
#endif
