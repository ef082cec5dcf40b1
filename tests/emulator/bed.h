/* SPDX-License-Identifier: Apache-2.0 */
/* The emulator's host for the real program: a sysfs and usbfs of its own, which umockdev's preload
 * library shows to one child process. libusb in the child is the real one. Needs no root and no
 * USB. Knows nothing of the boot protocol. */
#ifndef TESTS_BED_H
#define TESTS_BED_H

#include "tests/emulator/emu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define BED_EVER UINT_MAX

struct bed_board {
	const char
		*port; /* "90-1.2": a bus that no machine has, as what is not in the bed is real */
	struct emu_config config;
	unsigned int plug_ms;	      /* after the child's start; 0: before it */
	const char *plug_after;	      /* and not before the child has printed this */
	unsigned int denied_ms;	      /* so long each appearance may not be opened; BED_EVER */
	unsigned int unauthorized_ms; /* so long after the child's start it is not authorised */
	unsigned int taken_ms;	      /* ... another rpiboot has the right to its port */
	const char *withheld_until;   /* both last until the child has printed this, too */
	bool no_node, no_disk_node;   /* /dev gets no node for it, or for its disks */
	bool no_driver;		      /* usb-storage is blocked: its disks do not appear */
	bool busy;		      /* another program has claimed it */
	bool untouched;		 /* nothing is to happen with it: a signal does not wait for it */
	const char *power_after; /* its power is cut when the child has printed this */
};

struct bed_config {
	const struct bed_board *boards;
	size_t board_count;
	char *const *argv;   /* of the child, found by PATH */
	const char *root;    /* an empty directory for sysfs and usbfs; its path has to be short */
	int out_fd, err_fd;  /* the child's stdout and stderr; -1: as ours; for plug_after
			      * and withheld_until, files that can be read */
	bool no_events;	     /* as without udevd: no uevents, so that libusb hears of nothing new */
	const char *preload; /* one more library for the child to be run with; NULL: none */
	int signal;	     /* sent to the child when the bus was quiet for so long; 0: none */
	unsigned int signal_ms;
	unsigned int limit_ms; /* a child that runs longer is killed; 0: never */
	FILE *log;	       /* what happens on the bus; NULL: none */
};

/* How it went. */
struct bed_end {
	int status;  /* exit status of the child, or 128 + its signal */
	bool killed; /* by a signal */
	bool overdue;
	double seconds, cpu_seconds;
	long rss_kib;	      /* most memory the child had at once */
	char problem[256];    /* what a kernel would not have liked; empty: nothing */
	bool *touched;	      /* by board: has the boot protocol begun? */
	char (*verdict)[256]; /* by board: emu_verdict(); empty: good */
};

/* Why the bed cannot be used on this machine; NULL: it can. */
const char *bed_missing(void);

/* Runs the child to its end. 0, or -1: it could not be started (on stderr why). *ret ends with
 * bed_end_clear(). */
int bed_run(const struct bed_config *config, struct bed_end *ret);
void bed_end_clear(struct bed_end *end);

#endif
