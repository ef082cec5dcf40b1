/* SPDX-License-Identifier: Apache-2.0 */
/* Uevents in the format in which udevd sends them to libudev: a header and "KEY=VALUE" strings.
 * Each monitor of the child gets one datagram. The preload library makes a socket event<N> for each
 * monitor. */
#include "tests/emulator/bed_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define UEVENT_MAGIC 0xfeedcafe

struct uevent_header {
	char prefix[8]; /* "libudev" */
	uint32_t magic, header_size, properties_at, properties_bytes;
	uint32_t subsystem_hash, devtype_hash, tags_high, tags_low;
};

struct bed_uevent {
	struct bed_uevent *next;
	struct sockaddr_un to;
	size_t size;
	char data[];
};

/* MurmurHash2: the socket filters of the monitors select events by this hash. */
static uint32_t uevent_hash(const char *text)
{
	const uint32_t factor = 0x5bd1e995;
	size_t left = strlen(text);
	uint32_t hash = (uint32_t)left, word;

	for (; left >= 4; left -= 4, text += 4) {
		memcpy(&word, text, 4);
		word *= factor;
		word ^= word >> 24;
		hash = hash * factor ^ word * factor;
	}
	if (left > 0) {
		for (size_t i = left; i-- > 0;)
			hash ^= (uint32_t)(uint8_t)text[i] << (8 * i);
		hash *= factor;
	}
	hash ^= hash >> 13;
	hash *= factor;
	return hash ^ hash >> 15;
}

static void uevent_queue(struct bed *bed, const char *to, const void *header, size_t header_size,
			 const void *text, size_t text_size)
{
	struct bed_uevent **end = &bed->uevents;
	struct bed_uevent *event = calloc(1, sizeof(*event) + header_size + text_size);

	if (!event)
		abort();
	event->to.sun_family = AF_UNIX;
	snprintf(event->to.sun_path, sizeof(event->to.sun_path), "%s", to);
	event->size = header_size + text_size;
	memcpy(event->data, header, header_size);
	memcpy(event->data + header_size, text, text_size);
	while (*end)
		end = &(*end)->next;
	*end = event;
}

void bed_uevent_properties(const struct bed_node *node, char *ret, size_t size)
{
	uint8_t desc[18];

	emu_device_descriptor(node->port->emu, desc);
	snprintf(ret, size,
		 "MAJOR=189\nMINOR=%u\nDEVNAME=%s\nDEVTYPE=usb_device\nDRIVER=usb\n"
		 "PRODUCT=%x/%x/0\nTYPE=0/0/0\nBUSNUM=%03u\nDEVNUM=%03u\n",
		 (node->bus - 1) * 128 + node->number - 1, node->path + strlen("/dev/"),
		 desc[8] | desc[9] << 8, desc[10] | desc[11] << 8, node->bus, node->number);
}

void bed_uevent_usb(struct bed *bed, const char *action, const struct bed_node *node)
{
	struct uevent_header header = {
		.prefix = "libudev",
		.magic = htonl(UEVENT_MAGIC),
		.header_size = sizeof(header),
		.properties_at = sizeof(header),
		.subsystem_hash = htonl(uevent_hash("usb")),
		.devtype_hash = htonl(uevent_hash("usb_device")),
	};
	char text[1024], properties[512], pattern[256];
	glob_t monitors;
	int size;

	bed_uevent_properties(node, properties, sizeof(properties));
	size = snprintf(text, sizeof(text), "ACTION=%s\nDEVPATH=%s\nSUBSYSTEM=usb\nSEQNUM=%llu\n%s",
			action, node->sysfs + strlen("/sys"), ++bed->uevent_number, properties);
	header.properties_bytes = (uint32_t)size;
	for (int i = 0; i < size; i++)
		if (text[i] == '\n')
			text[i] = '\0';
	snprintf(pattern, sizeof(pattern), "%s/event[0-9]*", bed->root);
	if (glob(pattern, GLOB_NOSORT, NULL, &monitors) != 0)
		return;
	for (size_t i = 0; i < monitors.gl_pathc; i++)
		uevent_queue(bed, monitors.gl_pathv[i], &header, sizeof(header), text,
			     (size_t)size);
	globfree(&monitors);
	bed_uevent_flush(bed);
}

/* A socket takes only a few datagrams (net.unix.max_dgram_qlen). The others wait here in order. */
bool bed_uevent_flush(struct bed *bed)
{
	struct bed_uevent *event;

	while ((event = bed->uevents)) {
		ssize_t n = sendto(bed->uevent_fd, event->data, event->size,
				   MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&event->to,
				   sizeof(event->to));

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno == ECONNREFUSED) /* that monitor is closed */
			unlink(event->to.sun_path);
		bed->uevents = event->next;
		free(event);
	}
	return false;
}

void bed_uevent_clear(struct bed *bed)
{
	while (bed->uevents) {
		struct bed_uevent *event = bed->uevents;

		bed->uevents = event->next;
		free(event);
	}
}
