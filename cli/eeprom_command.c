/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the command `rpiboot eeprom`: parses its command line, and performs the actions `show`
 * and `get`. */
#include "cli/commands.h"

#include "cli/command_file.h"
#include "cli/eeprom_internal.h"
#include "eeprom/lz4.h"
#include "util/error.h"
#include "util/path.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

enum eeprom_option {
	EEPROM_FILE = 0x200,
	EEPROM_SET_TIME,
};

static const struct option_row rows[] = {
	{"Options of show", 0, "json", NULL, OPTION_FLAG(struct eeprom_line, json),
	 "print the result as one JSON object"},
	{"Options of get and set", 'o', "output", "FILE", OPTION_TEXT(struct eeprom_line, output),
	 "write the result to FILE; - is stdout"},
	{"Options of get", 0, "all", NULL, OPTION_FLAG(struct eeprom_line, all),
	 "write all files into the directory that -o names"},
	EEPROM_LINE_ROWS("Options of set"),
	{NULL, EEPROM_FILE, "file", "NAME=FILE", 0,
	 "replace the file NAME of the image by FILE;\nmay be repeated"},
	KEY_LINE_KEY_ROWS(NULL, struct eeprom_line, key_line),
	{NULL, 0, "countersign", NULL, OPTION_FLAG(struct eeprom_line, countersign),
	 "also sign the second-stage bootloaders in the image,\n"
	 "for boards that are locked to KEY (Pi 5, CM5)"},
	{NULL, EEPROM_SET_TIME, "update-time", "TIME", 0,
	 "store TIME, in seconds since 1970, as the time of the\n"
	 "last update; over USB, the board stores it itself"},
	{"Other", OPTION_HELP, "help", NULL, 0, "print this help"},
};

static const struct option_table table = {
	.usage = "Usage: rpiboot eeprom show IMAGE [--json]\n"
		 "       rpiboot eeprom get IMAGE [NAME] [-o FILE]\n"
		 "       rpiboot eeprom set IMAGE -o FILE [OPTION]...\n"
		 "Shows or changes an image of the bootloader EEPROM (Pi 4, Pi 5, CM4, CM5).\n"
		 "The option --key signs the configuration, and puts the signature and the public\n"
		 "key into the image.\n",
	.help = "rpiboot eeprom --help",
	.rows = rows,
	.count = array_size(rows),
	.operands = {OPTION_TEXT(struct eeprom_line, action),
		     OPTION_TEXT(struct eeprom_line, image), OPTION_TEXT(struct eeprom_line, name)},
};

/* Stores in *line that the file at `path` will replace the file `name` of the EEPROM image. `size`
 * is the length of the name.
 * Returns: 0, or -EINVAL (an invalid name, too many files, or the user named the file twice). */
static int file_replace(struct eeprom_line *line, const char *name, size_t size, const char *path,
			struct error *err)
{
	struct eeprom_file_change *file = &line->files[line->file_count];

	if (size >= sizeof(file->name) || size == 0)
		return error_set(err, -EINVAL,
				 "'%.*s' cannot be the name of a file in an image, because such a "
				 "name has 1 to %zu characters",
				 (int)size, name, sizeof(file->name) - 1);
	if (line->file_count == EEPROM_CHANGES_MAX)
		return error_set(err, -EINVAL, "at most %d files can be replaced at once",
				 EEPROM_CHANGES_MAX);
	for (size_t i = 0; i < line->file_count; i++)
		if (strncmp(line->files[i].name, name, size) == 0 && !line->files[i].name[size])
			return error_set(err, -EINVAL, "--file %.*s is given twice", (int)size,
					 name);
	memcpy(file->name, name, size);
	file->path = path;
	line->file_count++;
	return 0;
}

int eeprom_line_take(struct eeprom_line *line, int code, const char *arg, struct error *err)
{
	switch (code) {
	case EEPROM_LINE_CONFIG:
		return file_replace(line, EEPROM_CONFIG, strlen(EEPROM_CONFIG), arg, err);
	case EEPROM_LINE_SET:
	case EEPROM_LINE_UNSET:
		if (line->edit_count == EEPROM_CHANGES_MAX)
			return error_set(err, -EINVAL,
					 "--set and --unset can be given at most %d times",
					 EEPROM_CHANGES_MAX);
		return config_edit_parse(&line->edits[line->edit_count++], arg,
					 code == EEPROM_LINE_UNSET, err);
	}
	return key_line_timeout(&line->key_line, arg, err);
}

static int time_store(struct eeprom_line *line, const char *arg, struct error *err)
{
	/* UINT32_MAX is not a valid time, because it marks an EEPROM image that has no update
	 * time. */
	if (!option_number(arg, 0, UINT32_MAX - 1, &line->update_time_seconds))
		return error_set(err, -EINVAL,
				 "--update-time takes a number of seconds since 1970, not '%s'",
				 arg);
	line->has_update_time = true;
	return 0;
}

static int line_take(void *ctx, int code, const char *arg, struct error *err)
{
	struct eeprom_line *line = ctx;
	const char *equals;

	if (code == EEPROM_SET_TIME)
		return time_store(line, arg, err);
	if (code != EEPROM_FILE)
		return eeprom_line_take(line, code, arg, err);
	equals = strchr(arg, '=');
	if (!equals || !equals[1])
		return error_set(err, -EINVAL, "--file needs NAME=FILE, not '%s'", arg);
	return file_replace(line, arg, (size_t)(equals - arg), equals + 1, err);
}

static bool is_action(const struct eeprom_line *line, const char *action)
{
	return strcmp(line->action, action) == 0;
}

static int set_check(const struct eeprom_line *line, struct error *err)
{
	if (line->name)
		return error_set(err, -EINVAL, "unexpected argument '%s'", line->name);
	if (!line->output)
		return error_set(err, -EINVAL, "rpiboot eeprom set needs -o FILE");
	if (!line->file_count && !line->edit_count && !line->key_line.key && !line->has_update_time)
		return error_set(err, -EINVAL,
				 "rpiboot eeprom set needs an option for the change, such as --set "
				 "KEY=VALUE");
	if (line->countersign && !line->key_line.key)
		return error_set(err, -EINVAL, "--countersign needs --key KEY");
	for (size_t i = 0; line->key_line.key && i < line->file_count; i++)
		if (strcmp(line->files[i].name, EEPROM_SIGNATURE) == 0 ||
		    strcmp(line->files[i].name, EEPROM_PUBKEY) == 0)
			return error_set(err, -EINVAL,
					 "--key and --file %s cannot be used together, because "
					 "both replace this file",
					 line->files[i].name);
	return key_line_check(&line->key_line, err);
}

/* Refuses an output that would replace an input file of the command. Only `rpiboot eeprom set` may
 * replace its input file, which is the EEPROM image. */
static int output_check(const struct eeprom_line *line, struct error *err)
{
	int r = key_line_check_output(&line->key_line, line->output, err);

	if (r == 0 && is_action(line, "get"))
		r = command_file_check_output(line->output, line->image, err);
	for (size_t i = 0; r == 0 && i < line->file_count; i++)
		r = command_file_check_output(line->output, line->files[i].path, err);
	return r;
}

static int line_check(const struct eeprom_line *line, struct error *err)
{
	bool show, get;

	if (!line->action)
		return error_set(err, -EINVAL, "eeprom needs an action: show, get or set");
	show = is_action(line, "show");
	get = is_action(line, "get");
	if (!show && !get && !is_action(line, "set"))
		return error_set(err, -EINVAL,
				 "unknown action '%s': the actions are show, get and set",
				 line->action);
	if (!line->image)
		return error_set(err, -EINVAL, "rpiboot eeprom %s needs an IMAGE", line->action);
	if (line->json && !show)
		return error_set(err, -EINVAL, "--json can be used only with rpiboot eeprom show");
	if (line->all && (!get || line->name || !line->output))
		return error_set(err, -EINVAL,
				 "--all can be used only with get IMAGE -o DIRECTORY");
	if (!show && !get)
		return set_check(line, err);
	if (line->file_count || line->edit_count || line->has_update_time || line->countersign ||
	    line->key_line.key)
		return error_set(err, -EINVAL,
				 "options that change an image need 'rpiboot eeprom set', not '%s'",
				 line->action);
	if (show && (line->name || line->output))
		return error_set(err, -EINVAL,
				 "rpiboot eeprom show takes only an IMAGE and --json");
	return 0;
}

static void digests_check(struct eeprom_shown *shown)
{
	const struct eeprom_image *image = shown->image;

	for (size_t i = 0; i < image->section_count; i++) {
		enum info_digest digest =
			info_digest_judge(image, &shown->info.build, &image->sections[i]);

		shown->digests[i] = digest;
		shown->digests_good += digest == INFO_DIGEST_GOOD;
		shown->digests_bad +=
			digest == INFO_DIGEST_DAMAGED || digest == INFO_DIGEST_UNKNOWN;
	}
}

static int shown_print(const struct eeprom_line *line, const struct eeprom_shown *shown,
		       struct error *err)
{
	if (line->json)
		return eeprom_show_json(shown, err);
	eeprom_show_text(shown);
	return 0;
}

static int image_show(const struct eeprom_line *line, const struct eeprom_image *image,
		      struct error *err)
{
	struct eeprom_shown shown = {
		.path = line->image,
		.size = image->size,
		.chip = image->chip,
		.image = image,
		.digests = calloc(image->section_count, sizeof(*shown.digests)),
	};
	int r;

	if (!shown.digests)
		return error_set(err, -ENOMEM, "out of memory");
	info_read(&shown.info, image);
	digests_check(&shown);
	r = shown_print(line, &shown, err);
	free(shown.digests);
	return r;
}

/* Shows the chip, the version and the signatures of a second-stage bootloader, such as
 * recovery.bin.
 * Returns: 0, or -EBADMSG (the file is no second-stage bootloader; *err is unchanged). */
static int stage_show(const struct eeprom_line *line, const void *bytes, size_t size,
		      struct error *err)
{
	struct eeprom_shown shown = {.path = line->image, .size = size};

	info_stage_read(&shown.info.stages[0], line->image, bytes, size);
	shown.info.stage_count = 1;
	shown.chip = info_stage_chip(&shown.info.stages[0].blocks);
	if (!shown.chip)
		return -EBADMSG;
	shown.recovery = info_is_recovery(bytes, size);
	info_build_find(&shown.info.build, bytes, size);
	return shown_print(line, &shown, err);
}

static int section_get(const struct eeprom_image *image, const struct eeprom_section *section,
		       const char *path, struct error *err)
{
	const unsigned char *content = eeprom_content(image, section);
	cleanup_free unsigned char *expanded = NULL;
	size_t size = section->content_bytes;

	if (section->kind == EEPROM_KIND_FIXED_OWN)
		return error_set(err, -ENOTSUP,
				 "cannot expand '%s': Raspberry Pi has not published the "
				 "compression method of this file",
				 section->name);
	if (section->kind == EEPROM_KIND_FIXED_LZ4) {
		int r = size < KEY_HASH_SIZE
				? error_set(err, -EBADMSG, "it is too short")
				: lz4_expand(content, size - KEY_HASH_SIZE, &expanded, &size, err);
		if (r < 0)
			return error_wrap(err, "'%s' cannot be expanded", section->name);
		content = expanded;
	}
	return command_file_write(path, content, size, err);
}

static int image_get_all(const struct eeprom_line *line, const struct eeprom_image *image,
			 struct error *err)
{
	for (size_t i = 0; i < image->section_count; i++) {
		const char *name = image->sections[i].name;

		if (eeprom_is_replaceable(&image->sections[i]) &&
		    (name[0] == '.' || path_name(name) != name))
			return error_set(err, -EBADMSG, "'%s' cannot be the name of a file", name);
	}
	for (size_t i = 0; i < image->section_count; i++) {
		const struct eeprom_section *section = &image->sections[i];
		cleanup_free char *path = NULL;
		int r;

		/* An EEPROM image with two partitions contains some files twice. `rpiboot eeprom
		 * get` writes only the first copy of each file. */
		if (!eeprom_is_replaceable(section) ||
		    eeprom_image_find(image, section->name, NULL) != section)
			continue;
		path = command_file_path(line->output, section->name);
		if (!path)
			return error_set(err, -ENOMEM, "out of memory");
		r = section_get(image, section, path, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int image_get(const struct eeprom_line *line, const struct eeprom_image *image,
		     struct error *err)
{
	const char *name = line->name ? line->name : EEPROM_CONFIG;
	const struct eeprom_section *section;

	if (line->all)
		return image_get_all(line, image, err);
	section = eeprom_image_find(image, name, NULL);
	if (!section || !section->name[0])
		return error_set(err, -ENOENT, "'%s' has no file '%s'", line->image, name);
	return section_get(image, section, line->output ? line->output : "-", err);
}

static int line_run(const struct eeprom_line *line, struct error *err)
{
	cleanup_free unsigned char *bytes = NULL;
	struct eeprom_image *image = NULL;
	size_t size;
	int r = command_file_read(line->image, EEPROM_BYTES_MAX, &bytes, &size, err);

	if (r < 0)
		return r;
	r = eeprom_image_new(&image, bytes, size, err);
	if (r < 0) {
		if (is_action(line, "show") && stage_show(line, bytes, size, err) == 0)
			return 0;
		return error_wrap(err, "'%s' is not a usable EEPROM image", line->image);
	}
	r = is_action(line, "show")  ? image_show(line, image, err)
	    : is_action(line, "get") ? image_get(line, image, err)
				     : eeprom_set(line, image, err);
	eeprom_image_free(image);
	return r;
}

static struct sandbox *line_sandbox(const struct eeprom_line *line)
{
	const char *read[EEPROM_CHANGES_MAX + 2] = {line->image};
	cleanup_free char *inside =
		line->all ? command_file_path(line->output, EEPROM_CONFIG) : NULL;
	const char *const write[] = {inside ? inside : line->output, NULL};

	for (size_t i = 0; i < line->file_count; i++)
		read[1 + i] = line->files[i].path;
	return command_sandbox(read, write, NULL);
}

enum exit_status eeprom_command_run(int argc, char **argv)
{
	struct eeprom_line line = {0};
	struct sandbox *sandbox;
	struct error err = {0};
	enum exit_status status;

	if (!command_parse(&table, argc, argv, line_take, &line, &status))
		return status;
	if (line_check(&line, &err) < 0 || output_check(&line, &err) < 0)
		return command_fail(STATUS_USAGE, &err);
	if (key_line_open(&line.key_line, &line.key, &err) < 0)
		return command_fail(STATUS_NO_FILES, &err);
	sandbox = line_sandbox(&line);
	return command_finish(line_run(&line, &err), STATUS_OK, line.key, sandbox, &err);
}
