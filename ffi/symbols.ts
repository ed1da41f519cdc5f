/**
 * The functions of `c/ct.h`, each row below its prototype. A test compares this
 * table, the header and the library's own table (`c/table.c`).
 *
 * "buffer" is memory of JavaScript, "pointer" is memory of C. Functions that can
 * wait are nonblocking: they run on a thread of their own.
 */

/** In the order of the header, which is the order of the library's table. */
export const SYMBOLS = {
  // int32_t ct_exec_blocks(struct ct_exec_blocks *ret_blocks);
  ct_exec_blocks: { parameters: ["buffer"], result: "i32" },
  // int32_t ct_kernel_release(char ret_release[65]);
  ct_kernel_release: { parameters: ["buffer"], result: "i32" },
  // int32_t ct_has_bpf_lsm(void);
  ct_has_bpf_lsm: { parameters: [], result: "i32" },

  // int32_t ct_arena_fd(uint32_t kind);
  ct_arena_fd: { parameters: ["u32"], result: "i32" },
  // int32_t ct_arena_map(int32_t fd, uint64_t bytes, uint32_t flags, struct ct_arena **ret_arena);
  ct_arena_map: { parameters: ["i32", "u64", "u32", "buffer"], result: "i32" },
  // int32_t ct_arena_format(struct ct_arena *arena);
  ct_arena_format: { parameters: ["pointer"], result: "i32" },
  // uint64_t ct_arena_need(uint64_t blocks, uint64_t bytes);
  ct_arena_need: { parameters: ["u64", "u64"], result: "u64" },
  // int32_t ct_arena_add(struct ct_arena *arena, uint64_t length);
  ct_arena_add: { parameters: ["pointer", "u64"], result: "i32" },
  // int32_t ct_arena_block(const struct ct_arena *arena, uint32_t index, void **ret_at, uint64_t *ret_length);
  ct_arena_block: {
    parameters: ["pointer", "u32", "buffer", "buffer"],
    result: "i32",
  },
  // int32_t ct_arena_check(const struct ct_arena *arena);
  ct_arena_check: { parameters: ["pointer"], result: "i32" },
  // int32_t ct_arena_bounds(const struct ct_arena *arena, uint64_t *ret_start, uint64_t *ret_bytes);
  ct_arena_bounds: {
    parameters: ["pointer", "buffer", "buffer"],
    result: "i32",
  },
  // int32_t ct_arena_make_private(struct ct_arena *from, struct ct_arena **ret_arena);
  ct_arena_make_private: { parameters: ["pointer", "buffer"], result: "i32" },
  // int32_t ct_arena_fd_is_open(const struct ct_arena *arena);
  ct_arena_fd_is_open: { parameters: ["pointer"], result: "i32" },
  // int32_t ct_arena_detach(struct ct_arena *arena);
  ct_arena_detach: { parameters: ["pointer"], result: "i32" },
  // int32_t ct_arena_close(struct ct_arena *arena);
  ct_arena_close: { parameters: ["pointer"], result: "i32" },

  // int32_t ct_harden(uint32_t flags);
  ct_harden: { parameters: ["u32"], result: "i32" },
  // int32_t ct_wipe(void *at, uint64_t length);
  ct_wipe: { parameters: ["buffer", "u64"], result: "i32" },
  // int32_t ct_trim(void);
  ct_trim: { parameters: [], result: "i32" },

  // int32_t ct_spawn(const struct ct_spawn *what);
  ct_spawn: { parameters: ["buffer"], result: "i32" },
  // int32_t ct_register_child(int32_t pid);
  ct_register_child: { parameters: ["i32"], result: "i32" },
  // int32_t ct_signals_block(void);
  ct_signals_block: { parameters: [], result: "i32" },
  // int32_t ct_wait(int32_t timeout_ms, struct ct_event *ret_event);
  ct_wait: { parameters: ["i32", "buffer"], result: "i32", nonblocking: true },
  // uint64_t ct_orphans(void);
  ct_orphans: { parameters: [], result: "u64" },
  // int32_t ct_forward_to(int32_t pid, int32_t group);
  ct_forward_to: { parameters: ["i32", "i32"], result: "i32" },
  // int32_t ct_kill(int32_t pid, int32_t signo, int32_t group);
  ct_kill: { parameters: ["i32", "i32", "i32"], result: "i32" },

  // int32_t ct_handoff(char *const *entries, uint64_t count, uint32_t spare, const char *loader, struct ct_arena **ret_handoff, int32_t *ret_fd);
  ct_handoff: {
    parameters: ["buffer", "u64", "u32", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  // int32_t ct_handoff_update(struct ct_arena *handoff, const char *entry);
  ct_handoff_update: { parameters: ["pointer", "buffer"], result: "i32" },
  // int32_t ct_handoff_report(const struct ct_arena *handoff, struct ct_handoff_report *ret_report);
  ct_handoff_report: { parameters: ["pointer", "buffer"], result: "i32" },
  // int32_t ct_handoff_release(struct ct_arena *handoff);
  ct_handoff_release: { parameters: ["pointer"], result: "i32" },
  // int32_t ct_target(const char *path, char ret_loader[256]);
  ct_target: { parameters: ["buffer", "buffer"], result: "i32" },

  // int32_t ct_program_file(const void *bytes, uint64_t length);
  ct_program_file: { parameters: ["buffer", "u64"], result: "i32" },

  // int32_t ct_socket_pair(int32_t ret_fds[2]);
  ct_socket_pair: { parameters: ["buffer"], result: "i32" },
  // int32_t ct_connect(const char *path, int32_t timeout_ms);
  ct_connect: {
    parameters: ["buffer", "i32"],
    result: "i32",
    nonblocking: true,
  },
  // int64_t ct_peer_user(int32_t fd);
  ct_peer_user: { parameters: ["i32"], result: "i64" },
  // int64_t ct_send(int32_t fd, const void *bytes, uint64_t length, int32_t timeout_ms);
  ct_send: {
    parameters: ["i32", "buffer", "u64", "i32"],
    result: "i64",
    nonblocking: true,
  },
  // int64_t ct_receive(int32_t fd, void *ret_bytes, uint64_t length, int32_t timeout_ms);
  ct_receive: {
    parameters: ["i32", "buffer", "u64", "i32"],
    result: "i64",
    nonblocking: true,
  },
  // int64_t ct_write(int32_t fd, const void *bytes, uint64_t length, int32_t timeout_ms);
  ct_write: { parameters: ["i32", "buffer", "u64", "i32"], result: "i64" },
  // int32_t ct_send_datagram(const char *path, const void *bytes, uint64_t length, int32_t timeout_ms);
  ct_send_datagram: {
    parameters: ["buffer", "buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
  // int32_t ct_close(int32_t fd);
  ct_close: { parameters: ["i32"], result: "i32" },

  // int64_t ct_proof_read(const void *at, uint64_t length);
  ct_proof_read: { parameters: ["pointer", "u64"], result: "i64" },
  // int32_t ct_proof_dumpable(int32_t timeout_ms, struct ct_proof_dumpable *ret_proof);
  ct_proof_dumpable: {
    parameters: ["i32", "buffer"],
    result: "i32",
    nonblocking: true,
  },
  // int32_t ct_probe(uint32_t ways, uint32_t on_decoy, int32_t timeout_ms, const struct ct_probe **ret_probe);
  ct_probe: {
    parameters: ["u32", "u32", "i32", "buffer"],
    result: "i32",
    nonblocking: true,
  },

  // int32_t ct_file_system(const char *path, uint64_t *ret_magic);
  ct_file_system: { parameters: ["buffer", "buffer"], result: "i32" },
  // int32_t ct_seccomp_listener(void);
  ct_seccomp_listener: { parameters: [], result: "i32", nonblocking: true },

  // int32_t ct_scan(const struct ct_pattern *patterns, uint64_t count, struct ct_scan *ret_scan);
  ct_scan: {
    parameters: ["buffer", "u64", "buffer"],
    result: "i32",
    nonblocking: true,
  },

  // int64_t ct_smaps(const struct ct_range *ranges, uint64_t count, char *ret_text, uint64_t size);
  ct_smaps: { parameters: ["buffer", "u64", "buffer", "u64"], result: "i64" },
  // int64_t ct_file_search(const char *path, const struct ct_range *range, const struct ct_pattern *patterns, uint64_t count, uint64_t *ret_places);
  ct_file_search: {
    parameters: ["buffer", "buffer", "buffer", "u64", "buffer"],
    result: "i64",
    nonblocking: true,
  },

  // int32_t ct_program_contains(const struct ct_pattern *pattern);
  ct_program_contains: {
    parameters: ["buffer"],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;
