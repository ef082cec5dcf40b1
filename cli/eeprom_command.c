/* SPDX-License-Identifier: Apache-2.0 */
/* The command `rpiboot eeprom`: its command line, and the files that it reads and writes. */
#include "cli/eeprom_command.h"

#include "cli/command_file.h"
#include "cli/commands.h"
#include "cli/internal.h"
#include "cli/sandbox.h"
#include "eeprom/change.h"
#include "eeprom/image.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

#define CHANGES_MAX 64

enum eeprom_option {
	EEPROM_OUTPUT = 'o',
	EEPROM_FILE = 0x200,
	EEPROM_CONFIG_FILE,
};

static const struct option_row rows[] = {
	{"Options of get and set", EEPROM_OUTPUT, "output", "FILE",
	 "the file to write; - is stdout"},
	{"Options of set", EEPROM_CONFIG_FILE, "config", "FILE",
	 "replace the configuration by FILE"},
	{NULL, EEPROM_FILE, "file", "NAME=FILE", "replace the file NAME by FILE; may be repeated"},
	{"Else", OPTION_HELP, "help", NULL, "this help"},
};

static const struct option_table table = {
	.usage = "Usage: rpiboot eeprom get IMAGE [NAME] [-o FILE]\n"
		 "       rpiboot eeprom set IMAGE -o FILE [OPTION]...\n"
		 "Shows or changes an image of the bootloader EEPROM (Pi 4, Pi 5, CM4, CM5).\n",
	.help = "rpiboot eeprom --help",
	.rows = rows,
	.count = array_size(rows),
};

/* A file of the image and the path of its new content. */
struct file_change {
	char name[EEPROM_NAME_SIZE];
	const char *path;
};

struct eeprom_line {
	const char *action, *image, *name;
	const char *output; /* NULL: not given */
	struct file_change changes[CHANGES_MAX];
	size_t change_count;
};

static int change_add(struct eeprom_line *line, const char *name, size_t size, const char *path,
		      struct error *err)
{
	struct file_change *change = &line->changes[line->change_count];

	if (size >= sizeof(change->name) || size == 0)
		return error_set(err, -EINVAL, "'%.*s' cannot be the name of a file in an image",
				 (int)size, name);
	if (line->change_count == CHANGES_MAX)
		return error_set(err, -EINVAL, "more than %d changes", CHANGES_MAX);
	for (size_t i = 0; i < line->change_count; i++)
		if (strncmp(line->changes[i].name, name, size) == 0 && !line->changes[i].name[size])
			return error_set(err, -EINVAL, "'%.*s' is given twice", (int)size, name);
	memcpy(change->name, name, size);
	change->path = path;
	line->change_count++;
	return 0;
}

static int operand_take(struct eeprom_line *line, const char *arg, struct error *err)
{
	const char **places[] = {&line->action, &line->image, &line->name};

	for (size_t i = 0; i < array_size(places); i++)
		if (!*places[i]) {
			*places[i] = arg;
			return 0;
		}
	return error_set(err, -EINVAL, "unexpected argument '%s'", arg);
}

static int line_take(void *ctx, int code, const char *arg, struct error *err)
{
	struct eeprom_line *line = ctx;
	const char *equals;

	switch (code) {
	case OPTION_OPERAND:
		return operand_take(line, arg, err);
	case EEPROM_OUTPUT:
		line->output = arg;
		return 0;
	case EEPROM_CONFIG_FILE:
		return change_add(line, EEPROM_CONFIG, strlen(EEPROM_CONFIG), arg, err);
	case EEPROM_FILE:
		equals = strchr(arg, '=');
		if (!equals || !equals[1])
			return error_set(err, -EINVAL, "--file needs NAME=FILE, not '%s'", arg);
		return change_add(line, arg, (size_t)(equals - arg), equals + 1, err);
	}
	return 0;
}

static int image_open(const char *path, struct eeprom_image **ret, struct error *err)
{
	cleanup_free unsigned char *bytes = NULL;
	size_t size;
	int r = command_file_read(path, EEPROM_BYTES_MAX, &bytes, &size, err);

	if (r == 0) {
		r = eeprom_image_new(ret, bytes, size, err);
		if (r < 0)
			error_wrap(err, "'%s' is not a usable EEPROM image", path);
	}
	return r;
}

static int image_get(const struct eeprom_line *line, const struct eeprom_image *image,
		     struct error *err)
{
	const char *name = line->name ? line->name : EEPROM_CONFIG;
	const struct eeprom_section *section = eeprom_image_find(image, name, NULL);

	if (!section)
		return error_set(err, -ENOENT, "'%s' has no file '%s'", line->image, name);
	return command_file_write(line->output ? line->output : "-", eeprom_content(image, section),
				  section->content_bytes, err);
}

static int image_change(const struct eeprom_line *line, struct eeprom_image *image,
			struct error *err)
{
	for (size_t i = 0; i < line->change_count; i++) {
		const struct file_change *change = &line->changes[i];
		cleanup_free unsigned char *bytes = NULL;
		size_t size;
		int r = command_file_read(change->path, EEPROM_BYTES_MAX, &bytes, &size, err);

		if (r == 0)
			r = eeprom_change(image, change->name, bytes, size, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int image_set(const struct eeprom_line *line, struct eeprom_image *image, struct error *err)
{
	int r = image_change(line, image, err);

	return r < 0 ? r : command_file_write(line->output, image->bytes, image->size, err);
}

static int line_check(const struct eeprom_line *line, struct error *err)
{
	bool set = line->action && strcmp(line->action, "set") == 0;

	if (!line->action || (!set && strcmp(line->action, "get") != 0))
		return error_set(err, -EINVAL, "the first argument is get or set, not '%s'",
				 line->action ? line->action : "");
	if (!line->image)
		return error_set(err, -EINVAL, "an IMAGE is missing");
	if (set && line->name)
		return error_set(err, -EINVAL, "unexpected argument '%s'", line->name);
	if (set && !line->output)
		return error_set(err, -EINVAL, "set needs -o FILE");
	if (!set && line->change_count)
		return error_set(err, -EINVAL, "only set can change an image");
	return 0;
}

static struct sandbox *line_sandbox(const struct eeprom_line *line)
{
	const char *read[CHANGES_MAX + 2] = {line->image};
	const char *const write[] = {line->output, NULL};

	for (size_t i = 0; i < line->change_count; i++)
		read[1 + i] = line->changes[i].path;
	return command_sandbox(read, write);
}

enum exit_status eeprom_command_run(int argc, char **argv)
{
	struct eeprom_line line = {0};
	struct eeprom_image *image = NULL;
	struct sandbox *sandbox;
	struct error err = {0};
	enum exit_status status;
	int r;

	if (!command_parse(&table, argc, argv, line_take, &line, &status))
		return status;
	if (line_check(&line, &err) < 0)
		return command_fail(STATUS_USAGE, &err);
	sandbox = line_sandbox(&line);
	r = image_open(line.image, &image, &err);
	if (r == 0)
		r = strcmp(line.action, "set") == 0 ? image_set(&line, image, &err)
						    : image_get(&line, image, &err);
	status = r < 0 ? command_fail(STATUS_NO_FILES, &err) : command_end(STATUS_OK);
	eeprom_image_free(image);
	sandbox_free(sandbox);
	return status;
}
