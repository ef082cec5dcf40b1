/* SPDX-License-Identifier: Apache-2.0 */
/* The in-process host of the emulator, which replaces usb.c at link time. Its bus exists only in
 * this process. Its clock is simulated and jumps to the next event, so that no test waits. */
#ifndef EMU_DIRECT_H
#define EMU_DIRECT_H

#include "tests/emulator/emu.h"

#define DIRECT_DISK_MS 30 /* time between the device and its disk */
#define DIRECT_BOARDS  128

/* The order of events when a device returns. */
enum direct_order {
	DIRECT_IN_ORDER,
	DIRECT_EARLY, /* the arrival comes before the departure */
	DIRECT_TWICE, /* the arrival is reported twice */
};

struct direct_board {
	const char *port; /* "1-1.2" */
	struct emu_config config;
	uint64_t plug_ms;		   /* when it is plugged in */
	uint64_t pull_ms;		   /* when it is pulled for good; 0: never */
	const char *kmsg, *kernel_message; /* added to the file kmsg before it is plugged in */
	int open_code;			   /* the result of opening it before open_ms; 0: success */
	uint64_t open_ms;
	bool withheld; /* open_code means that the system authorises the device at open_ms */
	uint64_t open_takes_ms; /* time until opening it succeeds or fails */
	enum direct_order order;
	const char *power;	/* the power file of its port: "1" is off; NULL: always on */
	uint64_t read_takes_ms; /* time to open a file on a slow disk; all boards wait */
};

/* Prepares the bus for the next usb_new(). The clock starts at 1000. sysroot: the directory for the
 * sysfs entries of disks; NULL: disks have no entries. */
void direct_setup(const struct direct_board *boards, size_t count, const char *sysroot);
uint64_t direct_now_ms(void);
/* Makes the next usb_new() take this time. Call it after direct_setup(). */
void direct_start_slowly(uint64_t takes_ms);
/* Stops the program (SIGSTOP) at at_ms for for_ms. The boards go on; opening a device does not.
 * Call it after direct_setup(). */
void direct_stop(uint64_t at_ms, uint64_t for_ms);
struct emu *direct_emu(size_t board); /* NULL: not plugged in yet */
size_t direct_open_count(void);	      /* devices that are open now */
void direct_teardown(void);

/* emu_direct_files.c: adds the message of the board to the kernel log, if the board has one. */
void direct_kernel_message(const struct direct_board *board);
/* emu_direct_files.c: makes the system authorise the device of the board, or withdraw this. Does
 * nothing for a board that needs no authorisation. */
void direct_authorize(const struct direct_board *board, const char *sysroot, bool authorized);

struct usb_id;
/* emu_direct_disk.c: makes the sysfs entries of a disk below this device. */
void direct_make_disk(const char *sysroot, const struct usb_id *device_id, size_t number);

#endif
