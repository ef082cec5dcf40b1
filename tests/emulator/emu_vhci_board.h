/* SPDX-License-Identifier: Apache-2.0 */
/* One emulated board on a port of the kernel's virtual controllers: its appearances are plugged in
 * and pulled, its transfers go to the model, or to its disks once it is one. For emu_vhci.c. */
#ifndef EMU_VHCI_BOARD_H
#define EMU_VHCI_BOARD_H

#include "tests/emulator/emu.h"
#include "tests/emulator/emu_disk.h"
#include "tests/emulator/emu_payload.h"
#include "tests/emulator/usbip.h"

#define VHCI_DISKS     8
#define VHCI_ENDPOINTS 16

/* What an endpoint is for, where it is not the boot protocol's. */
enum vhci_use { VHCI_USE_BOARD, VHCI_USE_DISK, VHCI_USE_IDLE };

struct vhci_board {
	unsigned int index;    /* among the boards, in what is printed */
	unsigned int port;     /* as usbip_attach() counts */
	unsigned int disk_mib; /* size of each disk */
	bool late;	       /* not plugged in at start */
	bool mute;	       /* as with a bad cable: not even its descriptors can be read */
	struct emu_config config;
	struct emu_payload payload;
	const char *disk_path;		    /* of the first disk; of the others with ".1", ".2" */
	struct emu_disk_config disk_config; /* of each disk: how fast, and what goes wrong */

	struct emu *emu;	      /* NULL: not plugged in */
	int fd;			      /* -1: not on the bus */
	bool attaching;		      /* present, but its port is not free yet */
	bool configured;	      /* this appearance, by the kernel */
	bool asked;		      /* it has got a request of the boot protocol */
	bool gone;		      /* a disk's fault has pulled it */
	uint64_t left_ms, leaving_ms; /* not 0: since when it is pulled; when the host is told */
	struct usbip_request *pending;
	struct emu_disk *disk[VHCI_DISKS];
	int disk_fd[VHCI_DISKS];
	struct {
		enum vhci_use use;
		unsigned int disk;
	} endpoint[2][VHCI_ENDPOINTS], interface[VHCI_ENDPOINTS];
	int bad; /* verdicts of earlier lives */
};

/* From "port=0,chip=2711,truth=DIR,...". 0, or -1 after saying why. */
int vhci_board_init(struct vhci_board *board, unsigned int index, char *options);
void vhci_board_clear(struct vhci_board *board, uint64_t now_ms);

/* 0 or -1, after saying why. */
int vhci_board_plug(struct vhci_board *board, uint64_t now_ms);
void vhci_board_unplug(struct vhci_board *board, uint64_t now_ms);

/* Does what is due; returns when something is due next, UINT64_MAX: nothing. */
uint64_t vhci_board_tick(struct vhci_board *board, uint64_t now_ms);
/* Its socket is readable. */
void vhci_board_receive(struct vhci_board *board, uint64_t now_ms);

/* Prints the verdict; 0 or -1. */
int vhci_board_verdict(struct vhci_board *board);

#endif
