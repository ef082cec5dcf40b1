/* SPDX-License-Identifier: Apache-2.0 */
/* rpiboot cannot write disks on this system. All functions here fail or do nothing. */
#include "flash/target.h"

#include "flash/unmount.h"
#include "util/error.h"

#include <errno.h>

static int target_missing(struct error *err)
{
	return error_set(
		err, -EOPNOTSUPP,
		"rpiboot cannot write disks on this system; write the image to the disk of "
		"the board with another program");
}

int target_available(struct error *err)
{
	return target_missing(err);
}

uint64_t target_mark(const char *sysroot)
{
	(void)sysroot;
	return 0;
}

int target_open(struct target *ret, const struct target_config *config, struct error *err)
{
	(void)config;
	ret->fd = -1;
	return target_missing(err);
}

int target_partitions(const struct target *target, const struct target_config *config,
		      struct event_partition ret[TARGET_PARTITIONS_MAX], size_t *ret_count,
		      struct error *err)
{
	(void)target, (void)config, (void)ret;
	*ret_count = 0;
	return target_missing(err);
}

void target_close(struct target *target)
{
	(void)target;
}

struct unmount_helper *unmount_helper_free(struct unmount_helper *helper)
{
	(void)helper;
	return NULL;
}

struct unmount_helper *unmount_helper_hold(struct unmount_helper *helper)
{
	return helper;
}
