/*
 * libelf_compat.c - four functions that Debian 13's static libelf calls and does not contain: elfutils 0.192
 * moved them to a library that has no static form (https://sourceware.org/PR32293). Weak, so that a
 * libelf that has its own wins; one that does not need them leaves them out (--gc-sections).
 */
#include <search.h>
#include <stddef.h>

/* The real one has a lock behind its root, which one thread does not need. */
struct tree {
	void *root;
};

#define FILLS_GAP __attribute__((weak, visibility("default")))

FILLS_GAP void eu_search_tree_init(struct tree *tree);
FILLS_GAP void eu_search_tree_fini(struct tree *tree, void (*free_node)(void *));
FILLS_GAP void *eu_tsearch(const void *key, struct tree *tree, int (*compare)(const void *, const void *));
FILLS_GAP void *eu_tdelete(const void *key, struct tree *tree, int (*compare)(const void *, const void *));

void eu_search_tree_init(struct tree *tree)
{
	tree->root = NULL;
}

void eu_search_tree_fini(struct tree *tree, void (*free_node)(void *))
{
	if (tree->root != NULL)
		tdestroy(tree->root, free_node);
	tree->root = NULL;
}

void *eu_tsearch(const void *key, struct tree *tree, int (*compare)(const void *, const void *))
{
	return tsearch(key, &tree->root, compare);
}

void *eu_tdelete(const void *key, struct tree *tree, int (*compare)(const void *, const void *))
{
	return tdelete(key, &tree->root, compare);
}
