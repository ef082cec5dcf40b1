/* SPDX-License-Identifier: Apache-2.0 */
/* The mock host ("bed") for the real program. umockdev's preload library shows one child process a
 * sysfs and usbfs of its own. The child uses the real libusb. The mock host needs no root rights
 * and no USB, and does not know the boot protocol. */
#ifndef TESTS_BED_H
#define TESTS_BED_H

#include "tests/emulator/emu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define BED_EVER UINT_MAX

struct bed_board {
	/* "90-1.2". The bus has a number that no machine has: the child sees the real files for all
	 * paths that the mock host does not have. */
	const char *port;
	struct emu_config config;
	unsigned int plug_ms;	      /* after the child's start; 0: before it */
	const char *plug_after;	      /* and not before the child has printed this */
	unsigned int denied_ms;	      /* time before an appearance can be opened; BED_EVER */
	unsigned int unauthorized_ms; /* time until the device is authorised */
	bool unauthorized_again;      /* only later appearances have to be authorised */
	unsigned int taken_ms;	      /* time until another rpiboot releases its port */
	const char *withheld_until;   /* and until the child has printed this */
	bool no_node, no_disk_node;   /* /dev gets no node for it, or for its disks */
	bool no_driver;		      /* usb-storage is blocked: its disks do not appear */
	bool busy;		      /* another program has claimed it */
	bool untouched;		      /* a signal does not wait for this board to be served */
	const char *power_after;      /* its power is cut when the child has printed this */
};

struct bed_config {
	const struct bed_board *boards;
	size_t board_count;
	char *const *argv;   /* of the child, found by PATH */
	const char *root;    /* an empty directory for sysfs and usbfs; its path has to be short */
	int out_fd, err_fd;  /* -1: inherited; plug_after and withheld_until need regular files */
	bool no_events;	     /* no uevents, as without udevd: libusb gets no hotplug events */
	const char *preload; /* another library to preload; NULL: none */
	int signal;	     /* sent to the child when the bus is idle this long; 0: none */
	unsigned int signal_ms;
	unsigned int limit_ms; /* a child that runs longer is killed; 0: never */
	FILE *log;	       /* gets a line for each event on the bus; NULL: none */
};

/* The result of a run. */
struct bed_end {
	int status;  /* exit status of the child, or 128 + its signal */
	bool killed; /* by a signal */
	bool overdue;
	double seconds, cpu_seconds;
	long rss_kib;	      /* peak memory of the child */
	char problem[256];    /* the first error that a kernel would report; empty: none */
	bool *touched;	      /* by board: true if the boot protocol has begun */
	char (*verdict)[256]; /* by board: emu_verdict(); empty: good */
};

/* Returns: why the mock host cannot run on this machine, or NULL. */
const char *bed_missing(void);

/* Runs the child to its end. The caller frees *ret with bed_end_clear(). Returns: 0, or -1 (the
 * child did not start; stderr has the reason). */
int bed_run(const struct bed_config *config, struct bed_end *ret);
void bed_end_clear(struct bed_end *end);

#endif
