/*
 * libelf_compat.c - four functions missing from Debian 13's static libelf: elfutils 0.192 moved them to a library
 * without a static version (https://sourceware.org/PR32293). They are weak, so that another libelf uses its own.
 */
#include <search.h>
#include <stddef.h>

/* The original has a lock, which one thread does not need. */
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
