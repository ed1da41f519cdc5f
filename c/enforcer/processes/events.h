/*
 * events.h - opens and closes the ring buffer; enforce.h declares how to read it.
 */
#pragma once

int events_open(void);
void events_close(void);
