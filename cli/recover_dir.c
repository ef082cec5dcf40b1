/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the recovery files into a directory, for the option --dry-run of `rpiboot recover`. */
#include "cli/recover_dir.h"

#include "board/recover.h"
#include "boot/chip.h"
#include "cli/command_file.h"
#include "report/output.h"
#include "util/error.h"
#include "util/new_dir.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int dir_file_write(const char *dir, const struct recover_file *file, struct error *err)
{
	cleanup_free char *path = NULL;

	if (!file->data)
		return 0;
	path = command_file_path(dir, file->name);
	if (!path)
		return error_set(err, -ENOMEM, "out of memory");
	return command_file_write(path, file->data, file->size, err);
}

static int kit_write(const struct recover *recover, const struct recover_kit *kit, const char *dir,
		     struct error *err)
{
	const bool is_signed = recover->locked && kit->stage_signed.data;
	const struct recover_file *const files[] = {is_signed ? &kit->stage_signed : &kit->stage,
						    &kit->config_flash, &kit->image.file,
						    &kit->image.sig};
	cleanup_free char *below = command_file_path(dir, kit->chip->dir);
	int r = 0;

	if (!below)
		return error_set(err, -ENOMEM, "out of memory");
	if (mkdir(below, 0755) < 0)
		return error_set(err, -errno, "cannot create the directory '%s': %s", below,
				 strerror(errno));
	for (size_t i = 0; r == 0 && i < array_size(files); i++)
		r = dir_file_write(below, files[i], err);
	return r;
}

int recover_dir_write(const struct recover *recover, const char *dir, bool quiet, struct error *err)
{
	struct new_dir to;
	int r = new_dir_create(&to, dir);

	if (r < 0)
		error_set(err, r, "cannot create the directory '%s': %s", dir, strerror(-r));
	for (size_t i = 0; r == 0 && i < recover->kit_count; i++)
		r = kit_write(recover, &recover->kits[i], to.temporary, err);
	if (r == 0) {
		r = new_dir_commit(&to);
		if (r < 0)
			error_set(err, r, "cannot write the directory '%s': %s", dir, strerror(-r));
	}
	new_dir_end(&to);
	if (r == 0)
		output_note(quiet, "the files are in '%s'; serve them with: rpiboot -d %s", dir,
			    dir);
	return r;
}
