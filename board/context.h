/* SPDX-License-Identifier: Apache-2.0 */
/* Declares struct context, with the configuration of one run of the program and the objects that
 * the run owns. main.c and cli/session.c set its members, and all boards share it. */
#ifndef BOARD_CONTEXT_H
#define BOARD_CONTEXT_H

struct config;
struct firmware;
struct image;
struct metadata_store;
struct recover;
struct report;
struct unmount_helper;

struct context {
	const struct config *config;
	const struct firmware *firmware;
	struct report *report;
	/* the open directory of the option -j */
	struct metadata_store *metadata_store;
	/* The image that --write writes to the disk of each board. It is NULL without --write. */
	struct image *image;
	/* The files and options of `rpiboot recover` for all boards, or NULL for other commands. */
	const struct recover *recover;
	/* The helper process that unmounts disks before they are written. If it is NULL, this
	 * process unmounts them itself. */
	struct unmount_helper *unmount_helper;
	/* Wakes the main thread, which waits in usb_wait(). A thread that writes a disk or a file
	 * calls this function when it ends. This function pointer may be NULL. */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

#endif
