/* SPDX-License-Identifier: Apache-2.0 */
/* What the system and another rpiboot withhold from the child for a while: the authorisation of a
 * device, and the right to serve a port. That is an abstract socket, whose name says which bus (the
 * directory in sysfs) and which port. */
#include "tests/emulator/bed_private.h"

#include "tests/unit/tree.h"
#include "util/util.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static int lock_take(const struct bed *bed, const struct bed_port *port)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), length;
	struct stat st;

	tree_must(fd >= 0 && stat(tree_path(bed->root, "sys/bus/usb/devices"), &st) == 0);
	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
			  "rpiboot/%llu:%llu/%s", (unsigned long long)st.st_dev,
			  (unsigned long long)st.st_ino, port->board->port);
	tree_must(bind(fd, (struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) == 0);
	return fd;
}

void bed_withhold_start(struct bed *bed)
{
	for (size_t i = 0; i < bed->config->board_count; i++)
		if (bed->config->boards[i].taken_ms)
			bed->ports[i].lock = lock_take(bed, &bed->ports[i]);
}

uint64_t bed_withhold(struct bed *bed, struct bed_port *port, uint64_t now_ms)
{
	uint64_t free_ms = bed->start_ms + port->board->taken_ms;
	uint64_t authorized_ms = bed->start_ms + port->board->unauthorized_ms;
	uint64_t next_ms = UINT64_MAX;

	if (port->lock >= 0 && now_ms >= free_ms) {
		close(port->lock);
		port->lock = -1;
	}
	if (!port->authorized && now_ms >= authorized_ms) {
		port->authorized = true;
		bed_sysfs_authorize(bed, port);
	}
	if (port->lock >= 0)
		next_ms = free_ms;
	if (!port->authorized && authorized_ms < next_ms)
		next_ms = authorized_ms;
	return next_ms;
}
