/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/emulator/emu_vhci_board.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTACH_RETRY_MS 5 /* the kernel still releases the port */
#define PIECE_BYTES	4096

/* The transfers fail first, and the port notices the departure later. Leave only when the host has
 * been quiet for a while: a vhci_hcd that loses its socket forgets the cancelled transfers that it
 * has not sent yet, and the caller waits forever. */
#define LEAVE_QUIET_MS 10
#define LEAVE_MOST_MS  50

static const char *board_face(const struct vhci_board *board)
{
	uint8_t descriptor[18];

	if (emu_is_disk(board->emu))
		return "disk";
	emu_device_descriptor(board->emu, descriptor);
	return descriptor[16] == 0 || descriptor[16] == 3 ? "rom" : "files";
}

/* Prints "time BOARD FACE WHAT MILLISECONDS" (monotonic clock) for programs that read the output.
 */
static void board_time(const struct vhci_board *board, const char *what, uint64_t now_ms)
{
	printf("time %u %s %s %" PRIu64 "\n", board->index, board_face(board), what, now_ms);
}

static void board_disks_close(struct vhci_board *board)
{
	for (unsigned int i = 0; i < VHCI_DISKS; i++) {
		board->disk[i] = emu_disk_free(board->disk[i]);
		util_close_fd(&board->disk_fd[i]);
		board->disk_fd[i] = -1;
	}
}

static int board_disk_open(struct vhci_board *board, unsigned int i)
{
	static const char *const gadget64[] = {"mmcblk0", "nvme0n1", "sda"};
	struct emu_disk_config config = board->disk_config;
	cleanup_free char *path = NULL;

	config.vendor = "RPi-MSD-";
	config.product = "0001";

	if (board->config.after == EMU_AFTER_GADGET64) {
		config.vendor = gadget64[i < array_size(gadget64) ? i : 2];
		config.product = "";
	} else if (board->config.after == EMU_AFTER_GADGET) {
		config.vendor = "Linux";
		config.product = "File-Stor Gadget";
	}
	if (!board->disk_path || asprintf(&path, i ? "%s.%u" : "%s", board->disk_path, i) < 0)
		return -1;
	config.bytes = (uint64_t)board->disk_mib << 20;
	config.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	board->disk_fd[i] = config.fd;
	if (config.fd < 0 || ftruncate(config.fd, (off_t)config.bytes) < 0)
		return -1;
	board->disk[i] = emu_disk_new(&config);
	return board->disk[i] ? 0 : -1;
}

/* Finds the endpoints of the disks in the descriptors of this appearance. */
static void board_map(struct vhci_board *board)
{
	bool is_disk = emu_is_disk(board->emu);
	uint8_t config[512], interface = 0;
	size_t size = emu_config_descriptor(board->emu, config, sizeof(config));
	enum vhci_use use = VHCI_USE_BOARD;
	unsigned int disk = 0, disks = 0;

	memset(board->endpoint, 0, sizeof(board->endpoint));
	memset(board->interface, 0, sizeof(board->interface));
	for (size_t i = 0; i + 2 <= size && config[i] >= 2; i += config[i]) {
		const uint8_t *desc = config + i;

		if (desc[1] == 4) { /* interface */
			interface = desc[2] % VHCI_ENDPOINTS;
			use = is_disk || desc[5] == 8 ? VHCI_USE_IDLE : VHCI_USE_BOARD;
			if (is_disk && desc[5] == 8 && disks < VHCI_DISKS) {
				use = VHCI_USE_DISK;
				disk = disks++;
				if (board_disk_open(board, disk) < 0)
					printf("the file of disk %u of board %u cannot be opened\n",
					       disk, board->index);
			}
			board->interface[interface].use = use;
			board->interface[interface].disk = disk;
		} else if (desc[1] == 5) { /* endpoint */
			bool in = desc[2] & 0x80;

			board->endpoint[in][desc[2] % VHCI_ENDPOINTS].use = use;
			board->endpoint[in][desc[2] % VHCI_ENDPOINTS].disk = disk;
		}
	}
}

static int board_control(struct vhci_board *board, struct usbip_request *request, uint64_t now_ms)
{
	const uint8_t *setup = request->setup;
	unsigned int interface = setup[4] % VHCI_ENDPOINTS;

	if (board->mute)
		return -EPROTO;
	if (setup[0] == 0x00 && setup[1] == 9) {
		board->configured = true;
		board_time(board, "configured", now_ms);
	}
	if ((setup[0] & 0x60) == 0x40 && !board->configured)
		return -EPROTO; /* as in board_bulk() */
	if ((setup[0] & 0x60) == 0x40 && !board->asked) {
		board->asked = true;
		board_time(board, "asked", now_ms);
	}
	if ((setup[0] & 0x7f) != 0x21) /* class, to an interface */
		return emu_control(board->emu, setup, request->data, request->size, now_ms);
	switch (board->interface[interface].use) {
	case VHCI_USE_DISK:
		if (!board->disk[board->interface[interface].disk])
			break;
		return emu_disk_control(board->disk[board->interface[interface].disk], setup,
					request->data, request->size);
	case VHCI_USE_IDLE:
		/* The console accepts any line setting. The storage interface of a boot ROM has no
		 * disk and stalls. */
		return emu_is_disk(board->emu) && !request->in ? (int)request->size : -EPIPE;
	case VHCI_USE_BOARD:
		return emu_control(board->emu, setup, request->data, request->size, now_ms);
	}
	return -EPIPE;
}

/* Gives the board the data in parts: the kernel sends a whole file at once, and a fault can be in
 * the middle. */
static int board_bulk_out(struct vhci_board *board, struct usbip_request *request, uint64_t now_ms)
{
	while (request->done < request->size) {
		uint32_t left = request->size - request->done;
		int r = emu_bulk_out(board->emu, request->endpoint, request->data + request->done,
				     left < PIECE_BYTES ? left : PIECE_BYTES, now_ms);

		if (r < 0)
			return r;
		request->done += (uint32_t)r;
	}
	return (int)request->size;
}

static int board_bulk(struct vhci_board *board, struct usbip_request *request, uint64_t now_ms)
{
	unsigned int number = request->endpoint % VHCI_ENDPOINTS;
	struct emu_disk *disk = board->disk[board->endpoint[request->in][number].disk];
	uint8_t *data = request->data;
	int r;

	/* The request is for the earlier device on this port. On a real bus it would have another
	 * address, but the virtual controller of the kernel only knows ports. */
	if (!board->configured)
		return -EPROTO;
	switch (board->endpoint[request->in][number].use) {
	case VHCI_USE_IDLE:
		return -EAGAIN;
	case VHCI_USE_DISK:
		if (!disk)
			return -EPIPE;
		r = request->in ? emu_disk_bulk_in(disk, data, request->size)
				: emu_disk_bulk_out(disk, data, request->size);
		if (r != -ENODEV)
			return r;
		board->gone = true;
		return -EAGAIN; /* a device that is gone does not answer */
	case VHCI_USE_BOARD:
		break;
	}
	if (request->in)
		return emu_bulk_in(board->emu, request->endpoint, data, request->size, now_ms);
	return board_bulk_out(board, request, now_ms);
}

static void board_close(struct vhci_board *board)
{
	util_close_fd(&board->fd);
	board->fd = -1;
	board->left_ms = board->leaving_ms = 0;
}

/* Fails a request, as for a device that does not answer. */
static void board_fail_request(struct vhci_board *board, struct usbip_request *request,
			       uint64_t now_ms)
{
	if (request->unlink)
		usbip_reply_unlink(board->fd, request, 0);
	else
		usbip_reply(board->fd, request, -EPROTO, 0);
	free(request);
	board->leaving_ms = now_ms + LEAVE_QUIET_MS;
	if (board->leaving_ms > board->left_ms + LEAVE_MOST_MS)
		board->leaving_ms = board->left_ms + LEAVE_MOST_MS;
}

static void board_pull(struct vhci_board *board, uint64_t now_ms)
{
	board->attaching = board->gone = false;
	board_disks_close(board);
	if (board->fd < 0 || board->leaving_ms)
		return;
	printf("time %u - left %" PRIu64 "\n", board->index, now_ms);
	board->left_ms = now_ms;
	board->leaving_ms = now_ms + LEAVE_QUIET_MS;
	while (board->pending) {
		struct usbip_request *request = board->pending;

		board->pending = request->next;
		board_fail_request(board, request, now_ms);
	}
}

/* Answers the requests that can be answered, in the order of each endpoint. Returns: true if it
 * answered one. */
static bool board_advance_once(struct vhci_board *board, uint64_t now_ms)
{
	bool advanced = false;
	uint32_t blocked = 0;

	for (struct usbip_request **link = &board->pending; *link;) {
		struct usbip_request *request = *link;
		uint32_t bit = 1u << (request->endpoint % VHCI_ENDPOINTS + (request->in ? 16 : 0));
		int r = -EAGAIN;

		if (!(blocked & bit))
			r = request->endpoint ? board_bulk(board, request, now_ms)
					      : board_control(board, request, now_ms);
		if (r == -EAGAIN) {
			blocked |= bit;
			link = &request->next;
			continue;
		}
		*link = request->next;
		usbip_reply(board->fd, request, r < 0 ? r : 0, r < 0 ? 0 : (uint32_t)r);
		free(request);
		advanced = true;
	}
	return advanced;
}

static void board_advance(struct vhci_board *board, uint64_t now_ms)
{
	while (board->emu && emu_present(board->emu) && board->fd >= 0 && !board->gone &&
	       board_advance_once(board, now_ms))
		;
	if (board->gone)
		board_pull(board, now_ms);
}

/* Advances the time of the disks. Returns: the time at which a busy disk answers again. */
static uint64_t board_disks_tick(struct vhci_board *board, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	for (unsigned int i = 0; i < VHCI_DISKS; i++) {
		uint64_t due_ms = UINT64_MAX;

		if (board->disk[i])
			due_ms = emu_disk_tick(board->disk[i], now_ms);
		if (due_ms < next_ms)
			next_ms = due_ms;
	}
	return next_ms;
}

static void board_unlink(struct vhci_board *board, const struct usbip_request *unlink)
{
	for (struct usbip_request **link = &board->pending; *link; link = &(*link)->next) {
		struct usbip_request *request = *link;

		if (request->sequence != unlink->unlinked)
			continue;
		if (request->endpoint == 0 && (request->setup[0] & 0x60) == 0x40)
			emu_control_cancelled(board->emu);
		*link = request->next;
		free(request);
		usbip_reply_unlink(board->fd, unlink, -ECONNRESET);
		return;
	}
	usbip_reply_unlink(board->fd, unlink, 0); /* the transfer has ended already */
}

/* Prints "reads" when the host reads the next request of the board, and "told" when the host
 * answers a request. The data of a file follows its answer. */
static void board_time_request(const struct vhci_board *board, const struct usbip_request *request,
			       uint64_t now_ms)
{
	if (request->endpoint == 0 && (request->setup[0] & 0x60) == 0x40)
		board_time(board, request->in ? "reads" : "told", now_ms);
}

void vhci_board_receive(struct vhci_board *board, uint64_t now_ms)
{
	cleanup_free struct usbip_request *request = NULL;
	struct usbip_request **end = &board->pending;
	int r = usbip_receive(board->fd, &request);

	if (r <= 0) {
		printf("the kernel closed the socket of board %u\n", board->index);
		board_pull(board, now_ms);
		board_close(board);
		return;
	}
	if (board->leaving_ms) {
		board_fail_request(board, take_ptr(request), now_ms);
		return;
	}
	if (request->unlink) {
		board_unlink(board, request);
	} else {
		board_time_request(board, request, now_ms);
		while (*end)
			end = &(*end)->next;
		*end = take_ptr(request);
	}
	board_disks_tick(board, now_ms);
	board_advance(board, now_ms);
}

static void board_appear(struct vhci_board *board, uint64_t now_ms)
{
	int fd = usbip_attach(board->port, emu_speed(board->emu));

	board->attaching = fd == -EBUSY || fd == -EINVAL;
	if (board->attaching)
		return;
	if (fd < 0) {
		printf("board %u cannot be plugged in: %s\n", board->index, strerror(-fd));
		board->bad++;
		return;
	}
	board->fd = fd;
	board->asked = board->configured = false;
	board_map(board);
	board_time(board, "attached", now_ms);
}

/* Follows the presence of the model. Returns: the time of its next change. */
static uint64_t board_follow(struct vhci_board *board, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	while (emu_tick(board->emu, now_ms, &next_ms)) {
		board_pull(board, now_ms);
		board->attaching = emu_present(board->emu);
	}
	return next_ms;
}

uint64_t vhci_board_tick(struct vhci_board *board, uint64_t now_ms)
{
	uint64_t next_ms, disks_ms;

	if (board->leaving_ms && now_ms >= board->leaving_ms)
		board_close(board);
	if (!board->emu)
		return board->leaving_ms ? board->leaving_ms : UINT64_MAX;
	board_follow(board, now_ms);
	if (board->attaching && !board->leaving_ms)
		board_appear(board, now_ms);
	board_disks_tick(board, now_ms);
	board_advance(board, now_ms);
	/* The board may leave after this answer. */
	next_ms = board_follow(board, now_ms);
	disks_ms = board_disks_tick(board, now_ms);
	if (board->attaching && next_ms > now_ms + ATTACH_RETRY_MS)
		next_ms = now_ms + ATTACH_RETRY_MS;
	if (board->leaving_ms && next_ms > board->leaving_ms)
		next_ms = board->leaving_ms;
	return disks_ms < next_ms ? disks_ms : next_ms;
}

int vhci_board_plug(struct vhci_board *board, uint64_t now_ms)
{
	if (board->emu)
		vhci_board_unplug(board, now_ms);
	board->emu = emu_new(&board->config, now_ms);
	board->attaching = board->emu != NULL;
	return board->emu ? 0 : -1;
}

void vhci_board_unplug(struct vhci_board *board, uint64_t now_ms)
{
	char why[256];
	int r;

	if (!board->emu)
		return;
	board_pull(board, now_ms);
	/* A board that is pulled early has no complete verdict, but the host's errors count. */
	r = emu_has_ended(board->emu) ? emu_verdict(board->emu, why, sizeof(why))
				      : emu_host_error(board->emu, why, sizeof(why));
	if (r < 0) {
		printf("board %u, before it was pulled: %s\n", board->index, why);
		board->bad++;
	}
	emu_free(board->emu);
	board->emu = NULL;
}

int vhci_board_verdict(struct vhci_board *board)
{
	char why[256] = "see above";
	int r = board->bad ? -1 : 0;

	if (board->emu && emu_verdict(board->emu, why, sizeof(why)) < 0)
		r = -1;
	if (r < 0)
		printf("verdict %u bad: %s\n", board->index, why);
	else
		printf("verdict %u good\n", board->index);
	return r;
}
