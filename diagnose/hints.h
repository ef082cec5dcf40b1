/* SPDX-License-Identifier: Apache-2.0 */
/* Why nothing happens: what is on the bus and the time waited -> sentences that say what to do. A
 * pure function; knows no bus, no files and no clock. */
#ifndef HINTS_H
#define HINTS_H

#include "usb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HINTS_AFTER_MS 3000 /* so long nothing is said: a board may be on its way */
#define HINTS_MAX      16

enum hint_code { /* DESIGN.md, "JSON lines" */
		 HINT_NO_DEVICE,
		 HINT_FILTERED,
		 HINT_ACCESS,
		 HINT_BUSY,
		 HINT_ALREADY_BOOTED,
		 HINT_SLOW_LINK,
		 HINT_KERNEL_ERROR,
		 HINT_OTHER_INSTANCE,
		 HINT_NOT_AUTHORIZED,
		 HINT_NO_SYSFS,
};

enum hint_filter {
	HINT_WANTED,
	HINT_OTHER_PORT,   /* -p or -0..98 exclude it */
	HINT_OTHER_SERIAL, /* -i excludes it */
	HINT_NO_SERIAL,	   /* -i excludes it, and its boot ROM has none to tell */
};

/* One device that is or was a board. */
struct hint_device {
	struct usb_view view;
	enum hint_filter filter;
	char disk[64];	     /* that it is now; empty: none */
	const char *absence; /* why it shows no disk, as disks_absence() has it; NULL: not known */
	bool held;	     /* not to be served now, for a reason that boards_held.c reports */
};

/* What the kernel said of a port since we started. */
struct hint_kernel_error {
	char port[USB_PORT_SIZE];
	int code; /* negative errno, 0: "not accepting address" or the like, without a number */
};

struct hint_input {
	const struct hint_device *devices;
	size_t device_count;
	const struct hint_kernel_error *kernel_errors; /* the last of each port */
	size_t kernel_error_count;
	bool no_sysfs;	    /* nothing can be seen of the bus */
	uint64_t waited_ms; /* with nothing that could be booted */
};

struct hint {
	enum hint_code code;
	char port[USB_PORT_SIZE]; /* empty: of no port */
	char text[512];
};

/* What can be said of it, the most helpful first, one for each device at most; at most HINTS_MAX.
 * Nothing before HINTS_AFTER_MS. Returns how many. */
size_t hints_find(const struct hint_input *input, struct hint ret[HINTS_MAX]);

/* A boot ROM that ought to be at high speed and is not: said also of a board that is served. False:
 * nothing to say. */
bool hint_slow_link(const struct usb_id *id, struct hint *ret);

/* Another rpiboot has the right to this port. */
void hint_other_instance(const char *port, struct hint *ret);

/* The system withholds the device. attribute: the file of sysfs that is 0. */
void hint_not_authorized(const char *port, const char *attribute, struct hint *ret);

/* "no-device", ... */
const char *hint_name(enum hint_code code);

#endif
