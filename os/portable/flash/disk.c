/* SPDX-License-Identifier: Apache-2.0 */
/* On operating systems other than Linux, rpiboot cannot find the disk of a board. All functions in
 * this file report that the board has no disk. */
#include "flash/disk.h"

void disk_find(const char *sysroot, const char *port, struct disks *ret)
{
	(void)sysroot, (void)port;
	*ret = (struct disks){.no_sysfs = true};
}

void disks_find_nodes(struct disks *disks, const char *devroot)
{
	(void)disks, (void)devroot;
}

const char *disks_absence(const struct disks *disks)
{
	(void)disks;
	return "rpiboot cannot find disks on this system; write the image to the disk of the board "
	       "with another program";
}
