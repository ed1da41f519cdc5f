/*
 * events.h - opens and closes the ring buffer; enforce.h declares how to read it.
 */
#ifndef CT_EVENTS_H
#define CT_EVENTS_H

int events_open(void);
void events_close(void);

#endif
