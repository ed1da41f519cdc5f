/*
 * section.h - finds the program that `deno compile` added to the base. Included
 * once, by stub.c, behind `config`.
 */
#pragma once

#define SUI_NOTE 0x53554901
#define SECTION "d3n0l4nd"

struct section {
	uint64_t at, size;
};

/*
 * AT_PHDR is wrong where file offset and address differ, before Linux 5.18. `deno compile` makes them equal;
 * close_gap.ts, which removes the section headers, does not.
 */
static const Elf64_Phdr *program_headers(uint64_t bias)
{
	const Elf64_Ehdr *file = (const void *)bias;

	return (const void *)(bias + file->e_phoff + (file->e_shoff ? 0 : config.shift));
}

/* The section that `deno compile` added: a note of "SUI", u16 length of the name, name, data. */
static struct section find_section(uint64_t bias)
{
	const uint64_t name = sizeof SECTION - 1;
	const Elf64_Phdr *headers = program_headers(bias);

	for (uint64_t i = ((const Elf64_Ehdr *)bias)->e_phnum; i-- > 0;) {
		const char *at = (const char *)(bias + headers[i].p_vaddr);
		const Elf64_Nhdr *note = (const void *)at;
		uint64_t head = sizeof *note + ((note->n_namesz + 3) & ~(uint64_t)3) + 2 + name;

		if (headers[i].p_type != PT_NOTE || note->n_type != SUI_NOTE)
			continue;
		if (headers[i].p_memsz < head || note->n_descsz < 2 + name)
			continue;
		uint64_t equal = 0;

		while (equal < name && at[head - name + equal] == SECTION[equal])
			equal++;
		if (equal == name)
			return (struct section){ (uint64_t)at + head, note->n_descsz - 2 - name };
	}
	fail(EXIT_INTERNAL, "this file contains no program", 0, ": it is the base of the build, not the product");
}
