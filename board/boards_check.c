/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the boot files, and the directory for record files (option -j), before the program waits
 * for boards. If a check fails, the program ends at once and not only after a board has
 * appeared. */
#include "board/boards_internal.h"

#include "board/recover.h"
#include "diagnose/check.h"
#include "util/error.h"
#include "files/files.h"
#include "files/firmware.h"
#include "board/metadata_store.h"

#include <errno.h>

/* Checks that the boot directory of the option -d is undamaged and has boot files for at least one
 * chip. If the files for another chip are missing, a board with that chip fails later, when the
 * program serves the board. */
static int boards_check_dir(const struct context *context, struct error *err)
{
	const struct check_config check = {
		.signed_boot = context->config->signed_boot,
		.overlay = context->config->overlay,
		.serving = true,
		.found = check_report,
		.ctx = context->report,
	};
	struct check_result result;

	return check_dir(context->firmware->dir, &check, &result, err);
}

/* Checks that the installed firmware has the boot files for at least one chip. If the files for
 * another chip are missing, a board with that chip fails later, when the program serves the
 * board. */
static int boards_check_firmware(const struct firmware *firmware, struct error *err)
{
	struct error own = {0};
	struct files *files = NULL;
	int r = files_find(&files, firmware, NULL, &own);

	files_free(files);
	return r == -ENOENT ? error_copy(err, &own) : 0;
}

int boards_check(const struct context *context, enum exit_status *ret_status, struct error *err)
{
	int r = context->config->metadata_dir ? metadata_store_check(context->metadata_store, err)
					      : 0;

	*ret_status = STATUS_USAGE;
	if (r < 0)
		return r;
	/* `rpiboot recover` has already read its files into memory. It needs boot files only if it
	 * makes boards a disk after the recovery. */
	if (context->recover && !context->recover->then_disk)
		return 0;
	*ret_status = STATUS_NO_FILES;
	if (context->firmware->dir)
		return boards_check_dir(context, err);
	return boards_check_firmware(context->firmware, err);
}
