/* SPDX-License-Identifier: Apache-2.0 */
/* What the run of the program uses and owns, in addition to its configuration. main.c and
 * cli/session.c fill this struct. All boards share it. */
#ifndef BOARD_CONTEXT_H
#define BOARD_CONTEXT_H

struct config;
struct firmware;
struct image;
struct metadata_store;
struct report;
struct unmount_helper;

struct context {
	const struct config *config;
	const struct firmware *firmware;
	struct report *report;
	/* The open directory config->metadata_dir. */
	struct metadata_store *metadata_store;
	/* The image to write to the disk of each board (--write). NULL: write nothing. */
	struct image *image;
	/* The helper process that unmounts disks. NULL: this process unmounts them itself. */
	struct unmount_helper *unmount_helper;
	/* Makes usb_wait() return. A writer thread or a metadata thread calls this function when it
	 * ends. NULL: there is no usb_wait() to interrupt. */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

#endif
