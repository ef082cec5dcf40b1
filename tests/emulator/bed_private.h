/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the bed share: bed.c (the boards and the child), bed_usbfs.c (what the child
 * does with an open node), bed_sysfs.c (what it sees), bed_uevent.c (what it hears). For them only.
 */
#ifndef TESTS_BED_PRIVATE_H
#define TESTS_BED_PRIVATE_H

#include "tests/emulator/bed.h"

#include <linux/usbdevice_fs.h>
#include <sys/types.h>

struct bed_urb {
	struct bed_urb *next;
	uint64_t address;	    /* where, in the child's memory */
	size_t sent;		    /* bytes of a bulk OUT that the board has taken */
	uint8_t *data;		    /* behind this; of control transfers: the setup bytes first */
	struct usbdevfs_urb kernel; /* as the child gave it */
};

struct bed_queue {
	struct bed_urb *first;
	unsigned int count;
};

/* One appearance of a board. It outlives its departure until the child has closed it. */
struct bed_node {
	struct bed_node *next;
	struct bed_port *port;
	unsigned int bus, number;
	bool gone, told; /* that it is gone: to the child, by ENODEV */
	int listen_fd;	 /* for the preload library; -1: gone */
	int fifo_fd;	 /* of the node itself, see bed_node_ready(); -1: it is a plain file */
	bool ready;
	uint32_t halted;  /* endpoints that have stalled, by number */
	uint64_t open_ms; /* when it may be opened; 0: now */
	char path[64];	  /* "/dev/bus/usb/090/002" */
	char sysfs[256];  /* "/sys/devices/..." */
};

/* One open file of the child: of a node, or (node is NULL) of anything else below /dev. */
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
	uint64_t disk_ms; /* when its disks, or then their sizes, appear; UINT64_MAX: none due */
	bool disks_named;
	unsigned int first_disk, first_host;
	bool authorized;
	bool power_cut; /* as power_after says */
	int lock; /* the right to the port, which another rpiboot would have; -1: none has it */
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
	unsigned int disks, hosts;     /* so far */
	bool listened;		       /* the child waits for events */
	char problem[256];
};

/* bed.c. The first problem is kept. */
void bed_problem(struct bed *bed, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bed_log(const struct bed *bed, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* poll() of the child says that the node can be written to, which is usbfs' way to say that a
 * transfer is over. */
void bed_node_ready(struct bed *bed, struct bed_node *node);

/* bed_withhold.c. Gives what is due; returns when something is due next. */
void bed_withhold_start(struct bed *bed);
uint64_t bed_withhold(struct bed *bed, struct bed_port *port, uint64_t now_ms);
/* When the board is plugged in, at the earliest. */
uint64_t bed_plug_ms(const struct bed *bed, const struct bed_port *port, uint64_t now_ms);

/* bed_usbfs.c */
int bed_usbfs_listen(const struct bed *bed, const char *path); /* a file descriptor */
void bed_usbfs_accept(struct bed *bed, struct bed_node *node, int listen_fd);
bool bed_usbfs_receive(struct bed *bed, struct bed_conn *conn); /* false: closed */
void bed_usbfs_close(struct bed *bed, struct bed_conn *conn);
/* Moves what the board can answer now. */
void bed_usbfs_pump(struct bed *bed, struct bed_node *node);
void bed_usbfs_gone(struct bed *bed, struct bed_node *node);

/* bed_sysfs.c */
void bed_sysfs_init(struct bed *bed);
void bed_sysfs_plug(struct bed *bed, struct bed_node *node);
void bed_sysfs_authorize(struct bed *bed, struct bed_port *port);
void bed_sysfs_unplug(struct bed *bed, struct bed_node *node);
/* The first time the disks appear, the second time their sizes: the kernel takes its time. */
void bed_sysfs_disks(struct bed *bed, struct bed_port *port);

/* bed_uevent.c */
void bed_uevent_usb(struct bed *bed, const char *action, const struct bed_node *node);
/* The properties as udev has them, one a line. */
void bed_uevent_properties(const struct bed_node *node, char *ret, size_t size);
bool bed_uevent_flush(struct bed *bed); /* true: some are left */
void bed_uevent_clear(struct bed *bed);

#endif
