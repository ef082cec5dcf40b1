/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a boot directory if the user selected none. It is the first directory named
 * mass-storage-gadget64 or msd that has bootcode for the board's chip. */
#include "files/files.h"

#include "boot/chip.h"
#include "util/error.h"
#include "files/firmware.h"
#include "files/internal.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>

/* The names of the directories with firmware, below each directory in which rpiboot searches.
 * rpiboot tries the first name before the second. */
static const char *const payloads[] = {"mass-storage-gadget64", "msd"};

/* Checks whether a boot directory has usable bootcode for a chip or, if `chip` is NULL, for any
 * chip. */
static int find_check(struct files *files, const struct chip *chip, struct error *err)
{
	int r = -ENOENT;

	if (chip)
		return files_check(files, chip, err);
	for (chip = chip_next(NULL); chip && r == -ENOENT; chip = chip_next(chip))
		r = files_check(files, chip, err);
	return r;
}

/* Tries to use the directory ROOT/PAYLOAD as the boot directory. For example,
 * /usr/share/rpiboot/msd has the root /usr/share/rpiboot and the payload msd.
 * Returns: 0, -ENOENT (the directory does not exist or has no bootcode for the chip), or another
 * -Exxx. */
static int find_try(struct files **ret, const char *root, const char *payload,
		    const struct chip *chip, struct error *err)
{
	cleanup_free char *dir = files_path_new(root, payload);
	/* Ignore the error for a directory without bootcode for the chip, because the search
	 * continues in the next directory. */
	struct error own = {};
	struct files *files = NULL;
	int r;

	if (!dir)
		return files_no_memory(err);
	r = files_new(&files, dir, false, &own);
	if (r == 0)
		r = find_check(files, chip, &own);
	if (r == 0) {
		*ret = files;
		return 0;
	}
	files_free(files);
	if (r == -ENOENT || r == -ENOTDIR)
		return -ENOENT;
	return error_copy(err, &own);
}

int files_find(struct files **ret, const struct firmware *firmware, const struct chip *chip,
	       struct error *err)
{
	char looked[ERROR_TEXT_SIZE] = "";

	for (size_t i = 0; i < firmware->count; i++) {
		for (size_t j = 0; j < array_size(payloads); j++) {
			int r = find_try(ret, firmware->roots[i], payloads[j], chip, err);

			if (r != -ENOENT)
				return r;
		}
		text_add(looked, sizeof(looked), "%s%s", looked[0] ? ", " : "", firmware->roots[i]);
	}
	return error_set(err, -ENOENT,
			 "no boot files for %s; fetch them with %s, or name a directory with -d "
			 "DIR (searched for %s and %s in %s)",
			 chip ? chip->name : "any board", firmware->fetch, payloads[0], payloads[1],
			 looked[0] ? looked : "no directory");
}

void files_find_each(const struct firmware *firmware, void (*fn)(void *ctx, const char *dir),
		     void *ctx)
{
	for (size_t i = 0; i < firmware->count * array_size(payloads); i++) {
		const char *root = firmware->roots[i / array_size(payloads)];
		cleanup_free char *dir = files_path_new(root, payloads[i % array_size(payloads)]);

		if (dir)
			fn(ctx, dir);
	}
}
