/* SPDX-License-Identifier: Apache-2.0 */
/* The private interface of the mock host. bed.c has the boards and the child, bed_usbfs.c the open
 * nodes, bed_sysfs.c the sysfs, and bed_uevent.c the events. */
#ifndef TESTS_BED_PRIVATE_H
#define TESTS_BED_PRIVATE_H

#include "tests/emulator/bed.h"

#include <linux/usbdevice_fs.h>
#include <sys/types.h>

struct bed_urb {
	struct bed_urb *next;
	uint64_t address;	    /* in the memory of the child */
	size_t sent;		    /* bytes of a bulk OUT that the board has taken */
	uint8_t *data;		    /* control transfers: with the setup packet */
	struct usbdevfs_urb kernel; /* as the child submitted it */
};

struct bed_queue {
	struct bed_urb *first;
	unsigned int count;
};

/* One appearance of a board. The node exists until the board has left and the child has closed it.
 */
struct bed_node {
	struct bed_node *next;
	struct bed_port *port;
	unsigned int bus, number;
	bool gone, reported; /* reported: the child has got ENODEV */
	int listen_fd;	     /* for the preload library; -1: gone */
	int fifo_fd;	     /* the node, see bed_node_ready(); -1: a regular file */
	bool ready;
	uint32_t halted;  /* endpoints that have stalled, by number */
	uint64_t open_ms; /* when it may be opened; 0: now */
	char path[64];	  /* "/dev/bus/usb/090/002" */
	char sysfs[256];  /* "/sys/devices/..." */
};

/* An open file of the child. node is NULL if the file is not a USB node. */
struct bed_conn {
	struct bed_conn *next;
	struct bed_node *node;
	int fd;
	uint32_t claimed; /* interfaces */
	struct bed_queue flying, done;
};

struct bed_port {
	const struct bed_board *board;
	struct emu *emu; /* NULL: not plugged in yet */
	struct bed_node *node;
	uint64_t disk_ms; /* next appearance of disks or sizes; UINT64_MAX: none */
	bool disks_named;
	unsigned int first_disk, first_host;
	bool authorized;
	bool returned;	/* the device has left the port at least once */
	bool power_cut; /* the power was cut because of power_after */
	int lock;	/* the port lock of another rpiboot; -1: none */
};

struct bed_uevent; /* not delivered yet */

struct bed {
	const struct bed_config *config;
	const char *root;
	struct bed_port *ports;
	struct bed_node *nodes;
	struct bed_conn *conns;
	struct bed_uevent *uevents;
	unsigned long long uevent_number;
	int uevent_fd, default_fd, child_fd;
	pid_t child;
	uint64_t start_ms, busy_ms;    /* the last time that something happened on the bus */
	unsigned int last_number[256]; /* device number, by bus */
	unsigned int disks, hosts;     /* count so far */
	bool listened;		       /* the child waits for events */
	char problem[256];
};

/* bed.c. Records the first problem; later ones are dropped. */
void bed_problem(struct bed *bed, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bed_log(const struct bed *bed, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Makes the node writable for poll() in the child: usbfs signals finished transfers this way. */
void bed_node_ready(struct bed *bed, struct bed_node *node);

/* bed_withhold.c. Releases what is due. Returns: the time of the next release. */
void bed_withhold_start(struct bed *bed);
uint64_t bed_withhold(struct bed *bed, struct bed_port *port, uint64_t now_ms);
/* Returns: the earliest time at which the board is plugged in. */
uint64_t bed_plug_ms(const struct bed *bed, const struct bed_port *port, uint64_t now_ms);

/* bed_usbfs.c */
int bed_usbfs_listen(const struct bed *bed, const char *path); /* returns a file descriptor */
void bed_usbfs_accept(struct bed *bed, struct bed_node *node, int listen_fd);
bool bed_usbfs_receive(struct bed *bed, struct bed_conn *conn); /* false: closed */
void bed_usbfs_close(struct bed *bed, struct bed_conn *conn);
/* Does the transfers that the board can answer now. */
void bed_usbfs_pump(struct bed *bed, struct bed_node *node);
void bed_usbfs_gone(struct bed *bed, struct bed_node *node);

/* bed_sysfs.c */
void bed_sysfs_init(struct bed *bed);
void bed_sysfs_plug(struct bed *bed, struct bed_node *node);
void bed_sysfs_authorize(struct bed *bed, struct bed_port *port);
void bed_sysfs_unplug(struct bed *bed, struct bed_node *node);
/* The first call makes the disks, the second call sets their sizes: a kernel needs time, too. */
void bed_sysfs_disks(struct bed *bed, struct bed_port *port);

/* bed_uevent.c */
void bed_uevent_usb(struct bed *bed, const char *action, const struct bed_node *node);
/* Formats the properties as udev has them, one on each line. */
void bed_uevent_properties(const struct bed_node *node, char *ret, size_t size);
bool bed_uevent_flush(struct bed *bed); /* true: some are left */
void bed_uevent_clear(struct bed *bed);

#endif
