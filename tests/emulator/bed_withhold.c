/* SPDX-License-Identifier: Apache-2.0 */
/* Delays: when a board appears, when a device is authorised, and when another rpiboot releases a
 * port. The lock of a port is an abstract socket. Its name has the bus (the sysfs directory) and
 * the port. */
#include "tests/emulator/bed_private.h"

#include "tests/unit/tree.h"
#include "util/util.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define OUTPUT_CHECK_MS 20

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

static bool has_printed(const struct bed *bed, const char *text)
{
	const int fds[] = {bed->config->out_fd, bed->config->err_fd};
	char output[16384];

	for (size_t i = 0; i < array_size(fds); i++) {
		ssize_t n = pread(fds[i], output, sizeof(output) - 1, 0);

		output[n > 0 ? n : 0] = '\0';
		if (strstr(output, text))
			return true;
	}
	return false;
}

/* Returns: the earliest time of an event: after_ms after the start, and not before the child has
 * printed text. text: NULL means no such condition. */
static uint64_t due_ms(const struct bed *bed, unsigned int after_ms, const char *text,
		       uint64_t now_ms)
{
	if (text && !has_printed(bed, text))
		return now_ms + OUTPUT_CHECK_MS;
	return bed->start_ms + after_ms;
}

uint64_t bed_plug_ms(const struct bed *bed, const struct bed_port *port, uint64_t now_ms)
{
	if (port->emu)
		return 0;
	return due_ms(bed, port->board->plug_ms, port->board->plug_after, now_ms);
}

static uint64_t given_ms(const struct bed *bed, const struct bed_port *port, unsigned int after_ms,
			 uint64_t now_ms)
{
	return due_ms(bed, after_ms, after_ms ? port->board->withheld_until : NULL, now_ms);
}

/* Returns: the time when the device at the port is authorised. */
static uint64_t authorized_ms(const struct bed *bed, const struct bed_port *port, uint64_t now_ms)
{
	const struct bed_board *board = port->board;

	if (!board->unauthorized_again)
		return given_ms(bed, port, board->unauthorized_ms, now_ms);
	return port->returned ? due_ms(bed, board->unauthorized_ms, board->withheld_until, now_ms)
			      : 0;
}

uint64_t bed_withhold(struct bed *bed, struct bed_port *port, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	if (port->emu && port->board->power_after && !port->power_cut) {
		next_ms = due_ms(bed, 0, port->board->power_after, now_ms);
		port->power_cut = now_ms >= next_ms;
		if (port->power_cut) {
			emu_power_cut(port->emu, now_ms);
			next_ms = UINT64_MAX;
		}
	}
	if (port->lock >= 0) {
		uint64_t given = given_ms(bed, port, port->board->taken_ms, now_ms);

		if (now_ms >= given) {
			close(port->lock);
			port->lock = -1;
		} else if (given < next_ms) {
			next_ms = given;
		}
	}
	if (!port->authorized) {
		uint64_t given = authorized_ms(bed, port, now_ms);

		if (now_ms >= given) {
			port->authorized = true;
			bed_sysfs_authorize(bed, port);
		} else if (given < next_ms) {
			next_ms = given;
		}
	}
	return next_ms;
}
