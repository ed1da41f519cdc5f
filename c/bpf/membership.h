/*
 * membership.h - how the table of members gets and loses children. A number that is used again is another
 * process, and its entry is what the end of the one before has not taken away yet.
 */
#ifndef CT_MEMBERSHIP_H
#define CT_MEMBERSHIP_H

#include "members.h"

static __always_inline void tell_end(u32 number)
{
	struct ct_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	struct ct_totals *lost;

	if (!event) {
		lost = the_totals();
		if (lost)
			__sync_fetch_and_add(&lost->lost, 1);
		return;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->time = bpf_ktime_get_ns();
	event->kind = CT_ENDED;
	event->target.family = number;
	bpf_ringbuf_submit(event, 0);
}

/* Two generations may be attached: whoever deletes the entry counts. */
static __always_inline void leave(u32 tgid, struct ct_member *member)
{
	struct ct_totals *all = the_totals();
	bool is_child = member->root != tgid;
	u32 number = member->family;
	struct ct_family *family;

	if (bpf_map_delete_elem(&members, &tgid))
		return;
	if (is_child && all)
		__sync_fetch_and_add(&all->children, -1);
	family = bpf_map_lookup_elem(&families, &number);
	if (family && __sync_fetch_and_add(&family->count, -1) == 1) {
		bpf_map_delete_elem(&families, &number);
		tell_end(number);
	}
}

/* False when the family, or the table, is full. */
static __always_inline bool adopt_child(u32 tgid, const struct ct_member *child)
{
	struct ct_member *old = bpf_map_lookup_elem(&members, &tgid);
	struct ct_totals *all = the_totals();
	u32 key = child->family;
	struct ct_family *family;

	if (old && old->start == child->start)
		return true; /* two generations are attached, and the other was first */
	if (old)
		leave(tgid, old);
	family = bpf_map_lookup_elem(&families, &key);
	if (!family || !all)
		return false;
	if (__sync_fetch_and_add(&family->count, 1) >= CT_FAMILY_CAP ||
	    bpf_map_update_elem(&members, &tgid, child, BPF_ANY)) {
		__sync_fetch_and_add(&family->count, -1);
		return false;
	}
	__sync_fetch_and_add(&all->children, 1);
	return true;
}

static __always_inline bool has_room(u32 number)
{
	struct ct_family *family = bpf_map_lookup_elem(&families, &number);
	struct ct_totals *all = the_totals();

	return !family || !all || (family->count < CT_FAMILY_CAP && all->children < CT_MOST_CHILDREN);
}

#endif
