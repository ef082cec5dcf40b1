/* SPDX-License-Identifier: Apache-2.0 */
/* The sysfs of the child: the devices in /sys, their hubs, and the disks below the interfaces of a
 * disk. */
#include "tests/emulator/bed_private.h"

#include "tests/unit/tree.h"
#include "util/util.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>

#define DISK_SECTORS 131072

static void sysfs_text(const struct bed *bed, const char *dir, const char *name, const char *fmt,
		       ...) __attribute__((format(printf, 4, 5)));

static void sysfs_text(const struct bed *bed, const char *dir, const char *name, const char *fmt,
		       ...)
{
	char path[1024], text[512];
	va_list ap;

	snprintf(path, sizeof(path), "%s/%s", dir + 1, name);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tree_text(bed->root, path, text);
}

/* Makes the directory of the device and its link in /sys/bus/usb/devices. */
static void sysfs_device(const struct bed *bed, const struct bed_node *node, const char *name,
			 const uint8_t *desc, size_t size, const char *speed,
			 const char *properties)
{
	char path[512], link[512], up[256] = "";

	sysfs_text(bed, node->sysfs, "busnum", "%u\n", node->bus);
	sysfs_text(bed, node->sysfs, "devnum", "%u\n", node->number);
	sysfs_text(bed, node->sysfs, "speed", "%s\n", speed);
	sysfs_text(bed, node->sysfs, "bConfigurationValue", "1\n");
	sysfs_text(bed, node->sysfs, "idVendor", "%04x\n", desc[8] | desc[9] << 8);
	sysfs_text(bed, node->sysfs, "idProduct", "%04x\n", desc[10] | desc[11] << 8);
	sysfs_text(bed, node->sysfs, "bNumInterfaces", "%2u\n", desc[18 + 4]);
	sysfs_text(bed, node->sysfs, "uevent", "%s", properties);
	snprintf(path, sizeof(path), "%s/descriptors", node->sysfs + 1);
	tree_write(bed->root, path, desc, size);
	for (const char *p = strchr(node->sysfs + 1, '/'); p; p = strchr(p + 1, '/'))
		strcat(up, "../");
	snprintf(path, sizeof(path), "%s/subsystem", node->sysfs + 1);
	snprintf(link, sizeof(link), "%sbus/usb", up);
	tree_link(bed->root, path, link);
	snprintf(path, sizeof(path), "sys/bus/usb/devices/%s", name);
	snprintf(link, sizeof(link), "../../../%s", node->sysfs + strlen("/sys/"));
	tree_link(bed->root, path, link);
}

static void sysfs_hub(struct bed *bed, unsigned int bus, const char *name, const char *sysfs)
{
	bool root = strncmp(name, "usb", 3) == 0;
	const uint8_t desc[] = {
		18, 1, 0,    2, 9, 0, 1,  64,	0x6b, 0x1d, 2, 0, 0, 1, 0, 0, 0, 1, /* device */
		9,  2, 25,   0, 1, 1, 0,  0xe0, 0, /* configuration */
		9,  4, 0,    0, 1, 9, 0,  0,	0, /* interface */
		7,  5, 0x81, 3, 4, 0, 12,	   /* endpoint */
	};
	struct bed_node node = {.bus = bus};
	char path[512], properties[256];

	if (access(tree_path(bed->root, sysfs + 1), F_OK) == 0)
		return;
	node.number = root ? 1 : bed->last_number[bus] + 1;
	bed->last_number[bus] = node.number;
	snprintf(node.sysfs, sizeof(node.sysfs), "%s", sysfs);
	snprintf(properties, sizeof(properties),
		 "MAJOR=189\nMINOR=%u\nDEVNAME=bus/usb/%03u/%03u\nDEVTYPE=usb_device\n"
		 "PRODUCT=1d6b/2/0\nTYPE=9/0/1\nBUSNUM=%03u\nDEVNUM=%03u\n",
		 (bus - 1) * 128 + node.number - 1, bus, node.number, bus, node.number);
	sysfs_device(bed, &node, name, desc, sizeof(desc), "480", properties);
	snprintf(path, sizeof(path), "dev/bus/usb/%03u/%03u", bus, node.number);
	tree_text(bed->root, path, "");
}

/* "90-1.2" -> "/sys/devices/.../usb90/90-1/90-1.2", with the hubs on the way. */
static void sysfs_place(struct bed *bed, unsigned int bus, const char *port, char *ret, size_t size)
{
	size_t used =
		(size_t)snprintf(ret, size, "/sys/devices/pci0000:00/0000:00:14.0/usb%u", bus);
	char name[32];

	snprintf(name, sizeof(name), "usb%u", bus);
	sysfs_hub(bed, bus, name, ret);
	for (const char *dot = strchr(port, '.'); dot; dot = strchr(dot + 1, '.')) {
		snprintf(name, sizeof(name), "%.*s", (int)(dot - port), port);
		used += (size_t)snprintf(ret + used, size - used, "/%s", name);
		sysfs_hub(bed, bus, name, ret);
	}
	snprintf(ret + used, size - used, "/%s", port);
}

void bed_sysfs_init(struct bed *bed)
{
	char place[256];

	tree_parents(bed->root, "sys/bus/usb/devices/");
	tree_parents(bed->root, "sys/class/");
	tree_parents(bed->root, "dev/bus/usb/");
	/* The hubs exist from the start, before any board is plugged in. */
	for (size_t i = 0; i < bed->config->board_count; i++) {
		const char *port = bed->config->boards[i].port;

		sysfs_place(bed, (unsigned int)atoi(port), port, place, sizeof(place));
	}
}

/* Calls a function with the number and the class of each interface of the board. */
static void sysfs_interfaces(struct bed_port *port,
			     void (*each)(void *ctx, unsigned int number, unsigned int class),
			     void *ctx)
{
	uint8_t desc[512];
	size_t size = emu_config_descriptor(port->emu, desc, sizeof(desc));

	for (size_t at = 0; at + 9 <= size && desc[at] >= 2; at += desc[at])
		if (desc[at + 1] == 4)
			each(ctx, desc[at + 2], desc[at + 5]);
}

struct walk {
	struct bed *bed;
	struct bed_port *port;
	unsigned int disks;
	/* The size file of the first disk. The other disks link to it, so that all disks get their
	 * size at once. */
	char first_size[620];
};

/* USB 2.0 specification, 9.4.3: GET_DESCRIPTOR of a string. The string is UTF-16; only the low
 * bytes are used here. */
static void serial_make(struct bed *bed, struct bed_node *node, uint8_t index)
{
	const uint8_t setup[8] = {0x80, 6, index, 3, 9, 4, 255, 0};
	uint8_t reply[255];
	char text[128] = "";
	int size = index ? emu_control(node->port->emu, setup, reply, sizeof(reply), util_now_ms())
			 : 0;

	for (int i = 2; i + 1 < size; i += 2)
		text[i / 2 - 1] = (char)reply[i];
	if (text[0])
		sysfs_text(bed, node->sysfs, "serial", "%s\n", text);
}

static void interface_make(void *ctx, unsigned int number, unsigned int class)
{
	struct walk *walk = ctx;
	char name[512];

	snprintf(name, sizeof(name), "%s:1.%u/bInterfaceClass", walk->port->board->port, number);
	sysfs_text(walk->bed, walk->port->node->sysfs, name, "%02x\n", class);
	if (!walk->port->board->busy)
		return;
	snprintf(name, sizeof(name), "%s/%s:1.%u/driver", walk->port->node->sysfs + 1,
		 walk->port->board->port, number);
	tree_link(walk->bed->root, name, "/sys/bus/usb/drivers/usbfs");
}

void bed_sysfs_plug(struct bed *bed, struct bed_node *node)
{
	struct emu *emu = node->port->emu;
	struct walk walk = {.bed = bed, .port = node->port};
	char properties[512];
	uint8_t desc[18 + 512];
	size_t size = emu_device_descriptor(emu, desc);

	size += emu_config_descriptor(emu, desc + size, sizeof(desc) - size);
	sysfs_place(bed, node->bus, node->port->board->port, node->sysfs, sizeof(node->sysfs));
	bed_uevent_properties(node, properties, sizeof(properties));
	sysfs_device(bed, node, node->port->board->port, desc, size,
		     emu_speed(emu) == EMU_SPEED_FULL ? "12" : "480", properties);
	serial_make(bed, node, desc[16]);
	sysfs_text(bed, node->sysfs, "authorized", "%d\n", node->port->authorized);
	if (node->port->authorized)
		sysfs_interfaces(node->port, interface_make, &walk);
}

void bed_sysfs_authorize(struct bed *bed, struct bed_port *port)
{
	struct walk walk = {.bed = bed, .port = port};

	if (!port->node)
		return;
	sysfs_text(bed, port->node->sysfs, "authorized", "1\n");
	sysfs_interfaces(port, interface_make, &walk);
}

void bed_sysfs_unplug(struct bed *bed, struct bed_node *node)
{
	char link[128], grave[64];

	/* sysfs never reuses an inode number, but other file systems do. So keep the directory
	 * elsewhere. */
	snprintf(link, sizeof(link), "sys/bus/usb/devices/%s", node->port->board->port);
	snprintf(grave, sizeof(grave), "gone/%u-%llu", node->bus, bed->uevent_number++);
	tree_must(rename(tree_path(bed->root, link), tree_parents(bed->root, grave)) == 0);
	tree_remove(tree_path(bed->root, node->sysfs + 1));
}

static void disk_make(void *ctx, unsigned int number, unsigned int class)
{
	static const char *const gadget64[] = {"mmcblk0", "nvme0n1", "sda"};
	struct walk *walk = ctx;
	struct bed_port *port = walk->port;
	unsigned int index = walk->disks, host = port->first_host + index;
	enum emu_after after = port->board->config.after;
	char scsi[512], block[600], size[620], node[32];

	if (class != 8 || port->board->no_driver)
		return;
	walk->disks++;
	snprintf(scsi, sizeof(scsi), "%s/%s:1.%u/host%u/target%u:0:0/%u:0:0:0", port->node->sysfs,
		 port->board->port, number, host, host, host);
	snprintf(block, sizeof(block), "%s/block/sd%c", scsi,
		 (char)('a' + (port->first_disk + index) % 26));
	sysfs_text(walk->bed, scsi, "type", "0\n");
	sysfs_text(walk->bed, scsi, "vendor", "%-8s\n",
		   after == EMU_AFTER_MSD	 ? "RPi-MSD-"
		   : after == EMU_AFTER_GADGET64 ? gadget64[index % 3]
						 : "Linux");
	sysfs_text(walk->bed, scsi, "model", "%-16s\n",
		   after == EMU_AFTER_MSD      ? "0001"
		   : after == EMU_AFTER_GADGET ? "File-Stor Gadget"
					       : "");
	snprintf(node, sizeof(node), "dev/%s", strrchr(block, '/') + 1);
	if (!port->board->no_disk_node)
		tree_text(walk->bed->root, node, "");
	sysfs_text(walk->bed, block, "bdi", "\n");
	snprintf(size, sizeof(size), "%s/size", block + 1);
	if (index == 0) {
		sysfs_text(walk->bed, block, "size", "%d\n", port->disks_named ? DISK_SECTORS : 0);
		snprintf(walk->first_size, sizeof(walk->first_size), "%s", size);
	} else if (!port->disks_named) {
		tree_must(link(tree_path(walk->bed->root, walk->first_size),
			       tree_parents(walk->bed->root, size)) == 0);
	}
}

void bed_sysfs_disks(struct bed *bed, struct bed_port *port)
{
	struct walk walk = {.bed = bed, .port = port};

	if (!port->disks_named) {
		port->first_disk = bed->disks;
		port->first_host = bed->hosts;
	}
	sysfs_interfaces(port, disk_make, &walk);
	if (!port->disks_named) {
		bed->disks += walk.disks;
		bed->hosts += walk.disks;
	}
	port->disks_named = true;
}
