/*
 * names.c - numbers of events to their names.
 */
#include "enforce.h"

#define NAME(name) #name,

static const char *const vectors[] = { CT_VECTORS(NAME) };
static const char *const programs[] = { CT_PROGRAMS(NAME) };
static const char *const tiers[] = { "bpf lsm", "fmod_ret", "kprobe override", "reactive kill" };

const char *enforce_vector_name(unsigned int vector)
{
	return vector < CT_V_COUNT ? vectors[vector] : "";
}

const char *enforce_program_name(unsigned int program)
{
	return program < CT_P_COUNT ? programs[program] : "";
}

const char *enforce_tier_name(unsigned int tier)
{
	return tier < CT_TIERS ? tiers[tier] : "";
}
