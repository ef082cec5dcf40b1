/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the files and directories of a new FAT file system in memory. */
#include "eeprom/fat.h"

#include "eeprom/fat_internal.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void node_done(struct fat_node *node)
{
	for (size_t i = 0; i < node->child_count; i++)
		node_done(&node->children[i]);
	free(node->children);
	free(node->data);
	free(node->name);
}

int fat_new(struct fat **ret, struct error *err)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return error_set(err, -ENOMEM, "out of memory");
	(*ret)->root.is_dir = true;
	(*ret)->root.size = FAT_ENTRY_SIZE; /* the label */
	return 0;
}

struct fat *fat_free(struct fat *fat)
{
	if (fat) {
		node_done(&fat->root);
		free(fat->bytes);
	}
	free(fat);
	return NULL;
}

/* Finds a file or directory in a directory of a FAT file system by its name. The comparison ignores
 * case. */
static struct fat_node *node_find(const struct fat_node *dir, const char *name)
{
	for (size_t i = 0; i < dir->child_count; i++)
		if (strcasecmp(dir->children[i].name, name) == 0)
			return &dir->children[i];
	return NULL;
}

/* Adds a file or directory to a directory of a FAT file system. path is the whole path of the file,
 * for messages.
 * Returns: 0, or -Exxx. */
static int node_add(struct fat_node *dir, const char *name, const char *path, struct fat_node **ret,
		    struct error *err)
{
	const char *fault = fat_name_fault(name);
	struct fat_node *children;
	char *copy;

	if (fault)
		return error_set(err, -EINVAL, "the name '%s' %s", path, fault);
	if (dir->child_count == FAT_ENTRIES_MAX)
		return error_set(err, -EFBIG,
				 "the directory that contains '%s' has more than %d files", path,
				 FAT_ENTRIES_MAX);
	if (dir->size + fat_name_entries(name) * FAT_ENTRY_SIZE > FAT_DIR_SIZE)
		return error_set(err, -EFBIG,
				 "the directory that contains '%s' is too large for FAT, because "
				 "the names of the files in this directory need more than %d "
				 "bytes; use fewer or shorter names",
				 path, FAT_DIR_SIZE);
	children = util_grow(dir->children, dir->child_count, sizeof(*children));
	if (children)
		dir->children = children;
	copy = children ? strdup(name) : NULL;
	if (!copy)
		return error_set(err, -ENOMEM, "out of memory");
	*ret = &children[dir->child_count++];
	**ret = (struct fat_node){.name = copy};
	dir->size += fat_name_entries(name) * FAT_ENTRY_SIZE;
	return 0;
}

/* Finds or creates all directories in the path of a file in the new FAT file system.
 * ret_dir: receives the directory of the file.
 * ret_name: receives the name of the file in this directory. */
static int node_walk(struct fat *fat, char *parts, const char *path, struct fat_node **ret_dir,
		     const char **ret_name, struct error *err)
{
	struct fat_node *dir = &fat->root, *next;
	unsigned int depth = 0;
	char *slash;
	int r;

	while ((slash = strchr(parts, '/'))) {
		*slash = '\0';
		if (++depth > FAT_DEPTH_MAX)
			return error_set(err, -EINVAL, "'%s' is nested in more than %d directories",
					 path, FAT_DEPTH_MAX);
		next = node_find(dir, parts);
		if (next && (!next->is_dir || strcmp(next->name, parts) != 0))
			return error_set(err, -EEXIST, "'%s' and '%s' differ only in case", path,
					 next->name);
		if (!next) {
			r = node_add(dir, parts, path, &next, err);
			if (r < 0)
				return r;
			next->is_dir = true;
			next->size = (size_t)2 * FAT_ENTRY_SIZE; /* . and .. */
		}
		dir = next;
		parts = slash + 1;
	}
	*ret_dir = dir;
	*ret_name = parts;
	return 0;
}

int fat_add(struct fat *fat, const char *path, unsigned char *data, size_t size, struct error *err)
{
	cleanup_free char *parts = strdup(path);
	cleanup_free unsigned char *owned = data;
	struct fat_node *dir = NULL, *node;
	const char *name = NULL;
	int r;

	if (!parts)
		return error_set(err, -ENOMEM, "out of memory");
	r = node_walk(fat, parts, path, &dir, &name, err);
	if (r < 0)
		return r;
	node = node_find(dir, name);
	if (node)
		return error_set(err, -EEXIST, "'%s' and '%s' have the same name in FAT", path,
				 node->name);
	if (size > FAT_BYTES_MAX)
		return error_set(err, -EFBIG, "'%s' is too large", path);
	r = node_add(dir, name, path, &node, err);
	if (r < 0)
		return r;
	node->data = take_ptr(owned);
	node->size = size;
	return 0;
}
