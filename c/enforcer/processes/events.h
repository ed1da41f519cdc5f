/*
 * events.h - the ring buffer. The functions are declared in enforce.h.
 */
#ifndef CT_EVENTS_H
#define CT_EVENTS_H

int events_open(void);
void events_close(void);

#endif
