/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file whose bytes are in memory. The program creates such files, for example for the
 * update of a board's bootloader EEPROM. */
#include "files/internal.h"

#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
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

/* Rewinding needs no work, because the read position is a member of struct file. */
static int memory_rewind(struct file *file, struct error *err)
{
	(void)file;
	(void)err;
	return 0;
}

static void memory_close(struct file *file)
{
	free(file);
}

static const struct file_ops memory_ops = {
	.read = memory_read,
	.rewind = memory_rewind,
	.close = memory_close,
};

int file_new_in_memory(struct file **ret, const char *path, const void *data, size_t size,
		       struct error *err)
{
	struct memory_file *memory = calloc(1, sizeof(*memory));
	int r;

	if (!memory)
		return error_set(err, -ENOMEM, "out of memory while opening '%s'", path);
	memory->data = data;
	r = file_init(&memory->file, &memory_ops, size, path, err);
	if (r < 0) {
		free(memory);
		return r;
	}
	*ret = &memory->file;
	return 0;
}
