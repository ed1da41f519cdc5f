/*
 * musl.h - whether a program of musl runs constructors.
 */
#pragma once

#include <elf.h>
#include <stdbool.h>

/*
 * Whether it calls __libc_start_main, by the names in its dynamic section. False if unknown. target.c has checked
 * the number of segments.
 */
bool ct_runs_constructors(long fd, const Elf64_Ehdr *head);
