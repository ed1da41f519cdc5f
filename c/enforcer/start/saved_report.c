/*
 * saved_report.c - see saved_report.h.
 */
#include "saved_report.h"

#include "enforcer/processes/maps.h"

#include <bpf/bpf.h>
#include <string.h>

static struct saved_report saved;

int saved_write(const struct enforce_report *report)
{
	__u32 zero = 0;

	saved.enforcing = report->enforcing;
	saved.lock = report->lock;
	saved.exec_allow = report->exec_allow;
	saved.note_count = report->note_count;
	memcpy(saved.backends, report->backends, sizeof(saved.backends));
	memcpy(saved.notes, report->notes, sizeof(saved.notes));
	return bpf_map_update_elem(maps_fd(MAP_SAVED), &zero, &saved, BPF_ANY);
}

int saved_read(struct enforce_report *ret_report)
{
	__u32 zero = 0;
	int result = bpf_map_lookup_elem(maps_fd(MAP_SAVED), &zero, &saved);

	if (result < 0)
		return result;
	ret_report->enforcing = saved.enforcing != 0;
	ret_report->lock = saved.lock != 0;
	ret_report->exec_allow = saved.exec_allow != 0;
	ret_report->note_count = saved.note_count < ENFORCE_MAX_NOTES ? saved.note_count : ENFORCE_MAX_NOTES;
	memcpy(ret_report->backends, saved.backends, sizeof(saved.backends));
	memcpy(ret_report->notes, saved.notes, sizeof(saved.notes));
	return 0;
}
