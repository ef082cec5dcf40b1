/* SPDX-License-Identifier: Apache-2.0 */
/* Explains to the user why no board can be booted. The functions turn facts about USB devices into
 * sentences that name a remedy, and access no USB device. */
#ifndef DIAGNOSE_HINTS_H
#define DIAGNOSE_HINTS_H

#include "usb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report;

/* The time in milliseconds that rpiboot waits for a board before it gives a hint to the user. Until
 * then, the user may be about to connect a board. */
#define HINTS_AFTER_MS 3000
#define HINTS_MAX      16

/* The kinds of hint that rpiboot gives to the user. Most hints name a reason why rpiboot cannot
 * boot a board. */
enum hint_code {
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
	HINT_POWER_CYCLE, /* asks the user to restart the board */
};

enum hint_filter {
	HINT_WANTED,
	HINT_OTHER_PORT,   /* -p, or -0 to -98, excludes it */
	HINT_OTHER_SERIAL, /* -i excludes it */
	/* The option -i (serial number) excludes the board, because its boot ROM reports no serial
	 * number. */
	HINT_NO_SERIAL,
};

/* A device on the USB bus that may be a board: one in USB boot mode, or one that has already
 * booted. */
struct hint_device {
	struct usb_sysfs view;
	enum hint_filter filter;
	char disk[64]; /* path of the device's disk, or "" */
	/* A text for the user with the reason why the USB device shows no disk, or NULL if the
	 * reason is unknown. */
	const char *absence;
	/* True if rpiboot must not serve the board yet, because the system has not authorised the
	 * board or another rpiboot process uses its USB port. held_tick() gives the user a hint
	 * about this reason, so hints_find() gives no hint about the board. */
	bool held;
};

/* The last error at a USB port that the kernel has logged since rpiboot started. */
struct hint_kernel_error {
	char port[USB_PORT_SIZE];
	/* The last error number that the kernel has logged for this USB port, such as -71, or 0 if
	 * it has logged none. */
	int code;
};

struct hint_input {
	const struct hint_device *devices;
	size_t device_count;
	const struct hint_kernel_error *kernel_errors; /* the last error of each port */
	size_t kernel_error_count;
	bool no_sysfs; /* true if sysfs is missing */
	/* The time in milliseconds since the program began to wait, or since the last board was
	 * booted. Some hints appear only after a long wait. */
	uint64_t waited_ms;
};

struct hint {
	enum hint_code code;
	char port[USB_PORT_SIZE]; /* empty if the hint concerns no port */
	char text[512];
};

/* Finds the hints that explain why no board can be booted, the most helpful first. Each USB device
 * gets at most one hint.
 * Returns: the number of hints, at most HINTS_MAX. */
size_t hints_find(const struct hint_input *input, struct hint ret[HINTS_MAX]);

/* Composes a hint if a boot ROM that supports USB high speed is connected only at full speed. The
 * hint is useful even for a board that is being served.
 * Returns: true (the hint is in *ret), or false (no such hint). */
bool hint_slow_link(const struct usb_id *id, struct hint *ret);

/* Composes the hint that another rpiboot process uses this USB port. */
void hint_other_instance(const char *port, struct hint *ret);

/* Composes the hint that the system has not authorised a USB device. attribute is the path of the
 * file in sysfs that forbids the device. */
void hint_not_authorized(const char *port, const char *attribute, struct hint *ret);

/* Gives a hint to the user. */
void hint_report(struct report *report, const struct hint *hint, uint64_t now_ms);

/* Returns: the JSON name of a hint to the user, such as "no-device". */
const char *hint_name(enum hint_code code);

#endif
