/* SPDX-License-Identifier: Apache-2.0 */
/* Host 0 of the emulator: takes the place of usb.c at link time. Boards hang on ports of a bus that
 * exists in process only, with a clock of its own that jumps from event to event: nothing is waited
 * for. */
#ifndef EMU_DIRECT_H
#define EMU_DIRECT_H

#include "tests/emulator/emu.h"

#define DIRECT_DISK_MS 30 /* from the device to its disk */
#define DIRECT_BOARDS  128

/* In which order the bus tells of a device that is there anew. */
enum direct_order {
	DIRECT_IN_ORDER,
	DIRECT_EARLY, /* it has arrived, before the one that was there has left */
	DIRECT_TWICE, /* it has arrived, and again */
};

struct direct_board {
	const char *port; /* "1-1.2" */
	struct emu_config config;
	uint64_t plug_ms;		/* when it is plugged in */
	uint64_t pull_ms;		/* ... and pulled, for good; 0: never */
	const char *kmsg, *kernel_says; /* just before that; to this file */
	int open_code;			/* what opening it gives, until open_ms; 0: success */
	uint64_t open_ms;
	uint64_t open_takes_ms; /* before it is answered, in either way */
	enum direct_order order;
	const char *power;	/* the file that switches its port: "1" is off; NULL: always on */
	uint64_t read_takes_ms; /* to begin with a file: a slow disk, for which all wait */
};

/* Sets the bus up for the next usb_new(); the clock starts at 1000. sysroot: where a disk's sysfs
 * entries are made; NULL: disks show none. */
void direct_setup(const struct direct_board *boards, size_t count, const char *sysroot);
uint64_t direct_now_ms(void);
/* Makes the next usb_new() take this time. Call it after direct_setup(). */
void direct_start_slowly(uint64_t takes_ms);
/* At that time the program is stopped for so long (SIGSTOP): the boards go on, what opens a device
 * does not. To be called after direct_setup(). */
void direct_stop(uint64_t at_ms, uint64_t for_ms);
struct emu *direct_emu(size_t board); /* NULL: not plugged in yet */
size_t direct_open_count(void);	      /* devices that are open now */
void direct_teardown(void);

struct usb_id;
/* emu_direct_disk.c: makes the entries of a disk below this device. */
void direct_make_disk(const char *sysroot, const struct usb_id *device_id, size_t number);

#endif
