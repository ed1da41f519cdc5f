/*
 * event_names.c - names of vectors, programs and backends by number.
 */
#include "enforce.h"

#define NAME(name) #name,

static const char *const vectors[] = { CT_VECTORS(NAME) };
static const char *const programs[] = { CT_PROGRAMS(NAME) };
static const char *const backends[] = { "bpf lsm", "fmod_ret", "kprobe override", "reactive kill" };

const char *enforce_vector_name(unsigned int vector)
{
	return vector < CT_V_COUNT ? vectors[vector] : "";
}

const char *enforce_program_name(unsigned int program)
{
	return program < CT_P_COUNT ? programs[program] : "";
}

const char *enforce_backend_name(unsigned int backend)
{
	return backend < CT_BACKENDS ? backends[backend] : "";
}
