/* SPDX-License-Identifier: Apache-2.0 */
/* The board, from the device's side: boot ROM, second stage, and what appears afterwards. One
 * model, four hosts: emu_direct.c (in process, in place of usb.c), emu_umockdev.c (usbfs ioctls of
 * the real program), emu_vhci.c (USB/IP to a real kernel), emu_gadget.c (dummy_hcd of a real
 * kernel, without the disk). Pure: no I/O but reading the files it compares with; time is an
 * argument. Shares no code with wire.c or chip.c, so that one mistake is not made twice. */
#ifndef EMU_H
#define EMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum emu_chip {
	EMU_BCM2835,
	EMU_BCM2837,
	EMU_BCM2837_STORAGE, /* its ROM also shows a mass-storage interface: two interfaces */
	EMU_BCM2711,
	EMU_BCM2712,
};

/* The file that the chip's boot ROM wants. */
const char *emu_bootcode(enum emu_chip chip);

/* What the board says in its second stage, in order. */
enum emu_verb {
	EMU_SIZE,     /* GetFileSize NAME */
	EMU_READ,     /* ReadFile NAME; what arrives is compared with the file TRUTH/<content> */
	EMU_METADATA, /* "*NAME*VALUE" as command 0 (or 1 where as_read) */
	EMU_DONE,     /* Done with a stale name */
	EMU_END,      /* empty name, which means Done; then waits for the acknowledgement */
	EMU_RAW,      /* a raw message: bytes/size, for nonsense */
	EMU_REENTER,  /* leaves without Done and comes back in the second stage */
	EMU_LEAVE,    /* leaves without Done */
};

struct emu_step {
	enum emu_verb verb;
	const char *name;
	const char *value;   /* metadata */
	const char *content; /* EMU_READ, EMU_SIZE: file below the truth directory; NULL: must be
				missing */
	bool as_read;
	bool for_ever;	      /* EMU_SIZE: asks for it again and again; EMU_REENTER: so does that */
	unsigned int busy_ms; /* silence before this request */
	const uint8_t *bytes;
	size_t size;
};

enum emu_fault {
	EMU_FAULT_NONE,
	EMU_FAULT_VANISH,  /* leaves for good, at (stage, step, bytes) */
	EMU_FAULT_STALL,   /* stalls the transfer at (stage, step, bytes) */
	EMU_FAULT_SILENT,  /* answers nothing any more from (stage, step, bytes) on */
	EMU_FAULT_STATUS,  /* the boot ROM returns fault_status and stays */
	EMU_FAULT_REFUSED, /* the boot ROM takes the bootcode, returns 0, stays and answers nothing
			    */
	EMU_FAULT_NO_RETURN,	/* the boot ROM leaves and nothing comes back */
	EMU_FAULT_ROM_AGAIN,	/* ... and comes back as boot ROM */
	EMU_FAULT_OTHER_DEVICE, /* ... and something that is no board appears on the port */
	EMU_FAULT_NO_DISK,	/* said Done, and no disk appears */
	/* At (stage, step, bytes), too: */
	EMU_FAULT_LATE,	   /* silent for 1.5 s, then goes on */
	EMU_FAULT_RESET,   /* leaves and comes back in the same stage, from its beginning */
	EMU_FAULT_REBOOT,  /* leaves and comes back as boot ROM */
	EMU_FAULT_SWAP,	   /* leaves and another chip's boot ROM comes */
	EMU_FAULT_SHORT,   /* the reply has only a part of its bytes */
	EMU_FAULT_EXTRA,   /* ... more than there is room for */
	EMU_FAULT_GARBAGE, /* ... bytes that mean nothing */
	EMU_FAULT_COMMAND, /* ... a command that does not exist */
};

/* In a step of the second stage: while it asks, while the answer's length comes, its data. */
enum emu_moment { EMU_MOMENT_ANY, EMU_MOMENT_ASK, EMU_MOMENT_ANSWER, EMU_MOMENT_DATA };

enum emu_after {
	EMU_AFTER_NOTHING,
	EMU_AFTER_MSD,	    /* 0a5c:0001, one LUN */
	EMU_AFTER_GADGET64, /* 0a5c:0104, one mass-storage interface per disk, and CDC-ACM */
	EMU_AFTER_GADGET,   /* 0525:a4a5, one LUN */
	EMU_AFTER_ROM,	    /* the boot ROM again (recovery with reboot) */
	EMU_AFTER_FASTBOOT, /* 18d1:4e40, no disk */
	EMU_AFTER_MOUSE,    /* what somebody else plugs into the port */
	EMU_AFTER_STICK,    /* ... with a disk */
};

struct emu_recovery;

struct emu_config {
	enum emu_chip chip;
	const char *serial; /* of the boot ROM of 2711 and 2712: 8 hex digits; NULL: "12345678" */
	const char *
		truth; /* directory of what must arrive; the bootcode is truth/<bootcode_content> */
	const char *bootcode_content;
	const uint8_t *signature; /* 20 bytes that must arrive before the bootcode; NULL: zeros */
	const struct emu_step *steps;
	size_t step_count;
	bool starts_in_second_stage;
	bool starts_as_after; /* no board, but a device like what becomes of one; needs no steps */
	enum emu_after after;
	unsigned int disks;   /* of EMU_AFTER_GADGET64; 1 else */
	unsigned int gap_ms;  /* ROM gone -> second stage present, and so on; 0: as the real chip */
	unsigned int drop_ms; /* accepted -> gone */
	unsigned int status_ms; /* bootcode taken -> its status can be read (SDRAM training) */
	/* The first reads of the serial number are stalled (-EPIPE), or not answered (-EAGAIN). */
	int serial_fault;
	unsigned int serial_faults; /* so many */
	unsigned int
		flap_ms; /* what appears afterwards stays so long, and comes again after the gap */
	bool walks;	 /* needs no host: leaves each stage as soon as it is configured */
	bool full_speed; /* behind a bad cable: full speed where high is expected */
	enum emu_fault fault;
	bool fault_in_rom;    /* else in the second stage */
	size_t fault_step;    /* ROM: 0 announce, 1 message, 2 announce, 3 bootcode, 4 status; else
				 index of steps */
	uint64_t fault_bytes; /* of that step's bulk data: with the piece that has this byte */
	enum emu_moment fault_moment;
	uint32_t fault_seed; /* of what is random about it */
	bool fault_leaves;   /* STALL, COMMAND: and then it leaves for good */
	int32_t fault_status;
	unsigned int fault_boot; /* after so many returns to the boot ROM */
	FILE *log;		 /* one line a happening; NULL: none */
	/* The board may get a recovery before its payload: emu_recovery.h. NULL: none. Without
	 * steps it has no payload at all. */
	struct emu_recovery *recovery;
};

struct emu;

/* What the bus sees of it now. */
enum emu_speed { EMU_SPEED_FULL = 2, EMU_SPEED_HIGH = 3 }; /* as USB/IP numbers them */

struct emu *emu_new(const struct emu_config *config, uint64_t now_ms);
void emu_free(struct emu *emu);

/* Lets time pass. Returns true when the presence changed: left, or appeared (a new appearance has
 * new descriptors). To be called until false; *ret_next_ms: when to call again, UINT64_MAX: no
 * need. */
bool emu_tick(struct emu *emu, uint64_t now_ms, uint64_t *ret_next_ms);
bool emu_present(const struct emu *emu);
bool emu_is_disk(const struct emu *emu);   /* the appearance is one of EMU_AFTER_MSD..GADGET */
bool emu_has_ended(const struct emu *emu); /* it is a disk, or has left for good */
enum emu_speed emu_speed(const struct emu *emu);

/* The 18 bytes of the device descriptor, and the full configuration descriptor (for a sysfs
 * "descriptors" file). Return the size. */
size_t emu_device_descriptor(const struct emu *emu, uint8_t ret[18]);
size_t emu_config_descriptor(const struct emu *emu, uint8_t *ret, size_t size);

/* Transfers. Return the actual length, -EPIPE (stall), -EAGAIN (not answered yet: hold it and retry
 * after any other call or tick), or -ENODEV (it left). emu_control() answers all of endpoint 0 but
 * SET_ADDRESS, or -EOVERFLOW (more than there is room for); data is OUT data or room for IN data,
 * without the setup bytes. A control transfer that the host gave up while held: its reply lands on
 * the next one: tell emu_control_cancelled().
 */
int emu_control(struct emu *emu, const uint8_t setup[8], uint8_t *data, size_t size,
		uint64_t now_ms);
void emu_control_cancelled(struct emu *emu);
/* Its power is cut for the time of the gap: it comes back as boot ROM. */
void emu_power_cut(struct emu *emu, uint64_t now_ms);
/* A program has opened it anew: what was left of the last one is over. */
void emu_opened(struct emu *emu);
int emu_bulk_out(struct emu *emu, uint8_t endpoint, const uint8_t *data, size_t size,
		 uint64_t now_ms);
int emu_bulk_in(struct emu *emu, uint8_t endpoint, uint8_t *data, size_t size, uint64_t now_ms);

/* Has the host begun the boot protocol with it? (Standard requests are none of it.) */
bool emu_touched(const struct emu *emu);

/* Verdict: did everything arrive byte-exact and in order, up to where the script (or its fault)
 * ends? 0, or -1 and why. */
int emu_verdict(struct emu *emu, char *ret_why, size_t size);
/* The part of the verdict that holds at any moment: the host's first error so far, wrong bytes of a
 * file that has arrived in part included. Returns: 0, or -1 and why. */
int emu_host_error(struct emu *emu, char *ret_why, size_t size);

#endif
