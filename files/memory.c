/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files that the program creates in memory, for example for the update of a board's
 * bootloader EEPROM. */
#include "files/internal.h"

#include <string.h>

struct memory_file {
	struct file file;
	const unsigned char *data;
};

static ssize_t memory_read(struct file *file, void *buf, size_t size, struct error *err)
{
	const struct memory_file *memory = (const struct memory_file *)file;

	(void)err;
	memcpy(buf, memory->data + file->offset, size);
	return (ssize_t)size;
}

static const struct file_ops memory_ops = {.read = memory_read};

int file_new_in_memory(struct file **ret, const char *path, const void *data, size_t size,
		       struct error *err)
{
	int r = file_new(ret, sizeof(struct memory_file), &memory_ops, size, path, err);

	if (r == 0)
		((struct memory_file *)*ret)->data = data;
	return r;
}
