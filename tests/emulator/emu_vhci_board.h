/* SPDX-License-Identifier: Apache-2.0 */
/* One emulated board on a port of the kernel's virtual controllers. It plugs the appearances of the
 * board in and out, and passes the transfers to the model, or to its disks. Only emu_vhci.c uses
 * it. */
#ifndef EMU_VHCI_BOARD_H
#define EMU_VHCI_BOARD_H

#include "tests/emulator/emu.h"
#include "tests/emulator/emu_disk.h"
#include "tests/emulator/emu_payload.h"
#include "tests/emulator/usbip.h"

#define VHCI_DISKS     8
#define VHCI_ENDPOINTS 16

/* The use of an endpoint. */
enum vhci_use { VHCI_USE_BOARD, VHCI_USE_DISK, VHCI_USE_IDLE };

struct vhci_board {
	unsigned int index;    /* the number of the board in the output */
	unsigned int port;     /* numbered as for usbip_attach() */
	unsigned int disk_mib; /* size of each disk */
	bool late;	       /* not plugged in at the start */
	bool mute;	       /* does not answer, not even with descriptors, as with a bad cable */
	struct emu_config config;
	struct emu_payload payload;
	const char *disk_path; /* the file of the first disk; the others add ".1", ".2" */
	struct emu_disk_config disk_config; /* speed and fault of each disk */

	struct emu *emu;	      /* NULL: not plugged in */
	int fd;			      /* -1: not on the bus */
	bool attaching;		      /* present, but its port is not free yet */
	bool configured;	      /* by the kernel, in this appearance */
	bool asked;		      /* it got a request of the boot protocol */
	bool gone;		      /* a disk's fault has pulled it */
	uint64_t left_ms, leaving_ms; /* when it left, when the host notices; 0: not yet */
	struct usbip_request *pending;
	struct emu_disk *disk[VHCI_DISKS];
	int disk_fd[VHCI_DISKS];
	struct {
		enum vhci_use use;
		unsigned int disk;
	} endpoint[2][VHCI_ENDPOINTS], interface[VHCI_ENDPOINTS];
	int bad; /* verdicts of earlier runs */
};

/* Parses "port=0,chip=2711,truth=DIR,...". Returns: 0, or -1 after printing the error. */
int vhci_board_init(struct vhci_board *board, unsigned int index, char *options);
void vhci_board_clear(struct vhci_board *board, uint64_t now_ms);

/* Returns: 0, or -1 after printing the error. */
int vhci_board_plug(struct vhci_board *board, uint64_t now_ms);
void vhci_board_unplug(struct vhci_board *board, uint64_t now_ms);

/* Does the work that is due. Returns: the time of the next work, or UINT64_MAX (none). */
uint64_t vhci_board_tick(struct vhci_board *board, uint64_t now_ms);
/* Its socket is readable. */
void vhci_board_receive(struct vhci_board *board, uint64_t now_ms);

/* Prints the verdict. Returns: 0 or -1 (bad). */
int vhci_board_verdict(struct vhci_board *board);

#endif
