/*
 * table.c - the addresses of all functions of ct.h. ffi/ takes them from here, because Deno compiles code for each
 * function that it looks up by name. In the static binary ffi/ gets the table's address from the entry stub.
 *
 * CT_ABI as a number, so that ffi/ can reject a stale library; the functions in the header's order; NULL.
 */
#include "internal.h"

#define ROW(function) (ct_function)(function)

__attribute__((visibility("default"))) const ct_function ct_table[] = {
	(ct_function)(uintptr_t)CT_ABI,
	ROW(ct_exec_blocks),
	ROW(ct_kernel_release),
	ROW(ct_has_bpf_lsm),
	ROW(ct_arena_fd),
	ROW(ct_arena_map),
	ROW(ct_arena_format),
	ROW(ct_arena_need),
	ROW(ct_arena_add),
	ROW(ct_arena_block),
	ROW(ct_arena_check),
	ROW(ct_arena_bounds),
	ROW(ct_arena_make_private),
	ROW(ct_arena_fd_is_open),
	ROW(ct_arena_detach),
	ROW(ct_arena_close),
	ROW(ct_harden),
	ROW(ct_wipe),
	ROW(ct_trim),
	ROW(ct_spawn),
	ROW(ct_register_child),
	ROW(ct_signals_block),
	ROW(ct_wait),
	ROW(ct_orphans),
	ROW(ct_forward_to),
	ROW(ct_kill),
	ROW(ct_handoff),
	ROW(ct_handoff_update),
	ROW(ct_handoff_report),
	ROW(ct_handoff_release),
	ROW(ct_target),
	ROW(ct_program_file),
	ROW(ct_socket_pair),
	ROW(ct_connect),
	ROW(ct_peer_user),
	ROW(ct_send),
	ROW(ct_receive),
	ROW(ct_write),
	ROW(ct_send_datagram),
	ROW(ct_close),
	ROW(ct_proof_read),
	ROW(ct_proof_dumpable),
	ROW(ct_probe),
	ROW(ct_file_system),
	ROW(ct_seccomp_listener),
	ROW(ct_scan),
	ROW(ct_smaps),
	ROW(ct_file_search),
	ROW(ct_program_contains),
	NULL,
};
