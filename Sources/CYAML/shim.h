// libyaml, unchanged; the module only names the header.
#ifndef MOLTSEAL_CYAML_SHIM_H
#define MOLTSEAL_CYAML_SHIM_H
#include <yaml.h>
#endif
