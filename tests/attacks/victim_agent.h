/*
 * victim_agent.h - registers this process with the agent; exit status 3 when it is refused.
 */
#ifndef ATTACKS_VICTIM_AGENT_H
#define ATTACKS_VICTIM_AGENT_H

void ask_for_protection(const char *path);

#endif
