/* SPDX-License-Identifier: Apache-2.0 */
/* The model of a board, seen from the device: boot ROM, second stage, and the device that appears
 * afterwards. The model has four hosts: emu_direct.c (in process, replaces usb.c), emu_umockdev.c
 * (usbfs ioctls of the real program), emu_vhci.c (USB/IP to a real kernel), and emu_gadget.c
 * (dummy_hcd of a real kernel, without the disk). The only I/O of the model is reading the expected
 * files; time is an argument. The model shares no code with wire.c or chip.c, so that one mistake
 * cannot hide another. */
#ifndef EMU_H
#define EMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum emu_chip {
	EMU_BCM2835,
	EMU_BCM2837,
	EMU_BCM2837_STORAGE, /* the ROM has a second, mass-storage interface */
	EMU_BCM2711,
	EMU_BCM2712,
};

/* Returns: the file that the chip's boot ROM requests. */
const char *emu_bootcode(enum emu_chip chip);

/* The requests of a board in its second stage. */
enum emu_verb {
	EMU_SIZE,     /* GetFileSize NAME */
	EMU_READ,     /* ReadFile NAME; the data must match the file TRUTH/<content> */
	EMU_METADATA, /* "*NAME*VALUE" as command 0, or 1 with as_read */
	EMU_DONE,     /* Done with a stale name */
	EMU_END,      /* an empty name, which means Done; then waits for the acknowledgement */
	EMU_RAW,      /* an invalid message: bytes/size */
	EMU_REENTER,  /* leaves without Done and returns in the second stage */
	EMU_LEAVE,    /* leaves without Done */
};

struct emu_step {
	enum emu_verb verb;
	const char *name;
	const char *value;   /* metadata */
	const char *content; /* EMU_READ, EMU_SIZE: file below the truth directory; NULL: must be
				missing */
	bool as_read;
	bool for_ever;	      /* EMU_SIZE, EMU_REENTER: repeats the request without end */
	unsigned int busy_ms; /* silence before this request */
	const uint8_t *bytes;
	size_t size;
};

enum emu_fault {
	EMU_FAULT_NONE,
	EMU_FAULT_VANISH,	/* leaves for good, at (stage, step, bytes) */
	EMU_FAULT_STALL,	/* stalls the transfer at (stage, step, bytes) */
	EMU_FAULT_SILENT,	/* answers nothing any more from (stage, step, bytes) on */
	EMU_FAULT_STATUS,	/* the boot ROM returns fault_status and stays */
	EMU_FAULT_REFUSED,	/* the boot ROM returns 0, stays and stops answering */
	EMU_FAULT_NO_RETURN,	/* the boot ROM leaves and nothing returns */
	EMU_FAULT_ROM_AGAIN,	/* the boot ROM returns */
	EMU_FAULT_OTHER_DEVICE, /* a device that is no board appears on the port */
	EMU_FAULT_NO_DISK,	/* no disk appears after Done */
	/* These faults also happen at (stage, step, bytes): */
	EMU_FAULT_LATE,	   /* silent for 1.5 s, then goes on */
	EMU_FAULT_RESET,   /* leaves and comes back in the same stage, from its beginning */
	EMU_FAULT_REBOOT,  /* leaves and comes back as boot ROM */
	EMU_FAULT_SWAP,	   /* leaves and another chip's boot ROM comes */
	EMU_FAULT_SHORT,   /* the reply is too short */
	EMU_FAULT_EXTRA,   /* the reply is larger than its buffer */
	EMU_FAULT_GARBAGE, /* the reply has random bytes */
	EMU_FAULT_COMMAND, /* the reply is an unknown command */
};

/* The moment within a step of the second stage: request, length of the answer, or data. */
enum emu_moment { EMU_MOMENT_ANY, EMU_MOMENT_ASK, EMU_MOMENT_ANSWER, EMU_MOMENT_DATA };

enum emu_after {
	EMU_AFTER_NOTHING,
	EMU_AFTER_MSD,	    /* 0a5c:0001, one LUN */
	EMU_AFTER_GADGET64, /* 0a5c:0104, one mass-storage interface per disk, and CDC-ACM */
	EMU_AFTER_GADGET,   /* 0525:a4a5, one LUN */
	EMU_AFTER_ROM,	    /* the boot ROM again (recovery with reboot) */
	EMU_AFTER_FASTBOOT, /* 18d1:4e40, no disk */
	EMU_AFTER_MOUSE,    /* another device that a user plugs into the port */
	EMU_AFTER_STICK,    /* another device with a disk */
};

struct emu_recovery;

struct emu_config {
	enum emu_chip chip;
	const char *serial; /* of the boot ROM of 2711 and 2712: 8 hex digits; NULL: "12345678" */
	/* Someone plugs in another board, which is a disk already. Its serial number; NULL: no. */
	const char *other_serial;
	const char *truth; /* directory of the expected data; the bootcode is
			      truth/<bootcode_content> */
	const char *bootcode_content;
	const uint8_t *signature; /* 20 bytes, expected before the bootcode; NULL: zeros */
	const struct emu_step *steps;
	size_t step_count;
	bool starts_in_second_stage;
	bool starts_as_after; /* starts as the device that appears after boot; needs no steps */
	enum emu_after after;
	unsigned int disks;	/* of EMU_AFTER_GADGET64; otherwise 1 */
	unsigned int gap_ms;	/* time between two stages; 0: as on the real chip */
	unsigned int drop_ms;	/* accepted -> gone */
	unsigned int status_ms; /* bootcode taken -> its status can be read (SDRAM training) */
	/* The first reads of the serial number stall (-EPIPE) or get no answer (-EAGAIN). */
	int serial_fault;
	unsigned int serial_faults; /* number of such reads */
	unsigned int flap_ms;	    /* the device that appears after boot leaves after this time and
				       returns after the gap */
	bool walks;		    /* needs no host: leaves each stage when it is configured */
	bool full_speed;	    /* full speed instead of high speed, as with a bad cable */
	enum emu_fault fault;
	bool fault_in_rom; /* otherwise in the second stage */
	size_t fault_step; /* ROM: 0 announce, 1 message, 2 announce, 3 bootcode, 4 status; second
			      stage: index of steps */
	uint64_t fault_bytes; /* in the bulk data of that step: the part with this byte */
	enum emu_moment fault_moment;
	uint32_t fault_seed; /* seed of its random bytes */
	bool fault_leaves;   /* STALL, COMMAND: then leaves for good */
	int32_t fault_status;
	unsigned int fault_boot; /* happens after this number of returns to the boot ROM */
	FILE *log;		 /* one line for each event; NULL: none */
	/* The recovery that runs before the payload (emu_recovery.h), or NULL. Without steps the
	 * board has no payload. */
	struct emu_recovery *recovery;
};

struct emu;

/* The state of the board on the bus. The numbers of the speeds are those of USB/IP. */
enum emu_speed { EMU_SPEED_FULL = 2, EMU_SPEED_HIGH = 3 };

struct emu *emu_new(const struct emu_config *config, uint64_t now_ms);
void emu_free(struct emu *emu);

/* Advances the time. A caller repeats the call until the result is false.
 * Returns: true if the board left or appeared; a new appearance has new descriptors.
 * ret_next_ms: the time of the next call, UINT64_MAX: none is needed. */
bool emu_tick(struct emu *emu, uint64_t now_ms, uint64_t *ret_next_ms);
bool emu_present(const struct emu *emu);
bool emu_is_disk(const struct emu *emu);   /* the appearance is one of EMU_AFTER_MSD..GADGET */
bool emu_has_ended(const struct emu *emu); /* it is a disk, or it has left for good */
enum emu_speed emu_speed(const struct emu *emu);

/* Write the device descriptor (18 bytes) and the full configuration descriptor (for the sysfs file
 * "descriptors"). Return: the size. */
size_t emu_device_descriptor(const struct emu *emu, uint8_t ret[18]);
size_t emu_config_descriptor(const struct emu *emu, uint8_t *ret, size_t size);

/* Transfers. emu_control() answers all requests to endpoint 0 except SET_ADDRESS. data is the OUT
 * data or the buffer for IN data, without the setup packet. A host that cancels a held control
 * transfer calls emu_control_cancelled(): the next transfer then gets the reply.
 * Return: the actual length, -EPIPE (stall), -EAGAIN (no answer yet: retry after any other call or
 * tick), -ENODEV (the board left), or -EOVERFLOW (the reply is larger than the buffer). */
int emu_control(struct emu *emu, const uint8_t setup[8], uint8_t *data, size_t size,
		uint64_t now_ms);
void emu_control_cancelled(struct emu *emu);
/* Cuts the power for the time of the gap. The board returns as boot ROM. */
void emu_power_cut(struct emu *emu, uint64_t now_ms);
/* A program has opened the device again: drops the state of the earlier conversation. */
void emu_opened(struct emu *emu);
int emu_bulk_out(struct emu *emu, uint8_t endpoint, const uint8_t *data, size_t size,
		 uint64_t now_ms);
int emu_bulk_in(struct emu *emu, uint8_t endpoint, uint8_t *data, size_t size, uint64_t now_ms);

/* Returns: true if the host has begun the boot protocol. Standard requests do not count. */
bool emu_touched(const struct emu *emu);

/* Returns: 0 if all expected data arrived in order, up to the end of the script or its fault; or -1
 * and the reason. */
int emu_verdict(struct emu *emu, char *ret_why, size_t size);
/* Returns: 0, or -1 and the first error of the host so far. Wrong bytes in a partly received file
 * count, too. */
int emu_host_error(struct emu *emu, char *ret_why, size_t size);

#endif
