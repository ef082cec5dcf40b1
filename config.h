/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as every room reads it, and the exit statuses. Depends on no other file. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;
struct metadata_store;
struct unmounter;

/* Results and exit status, stable and documented; one vocabulary for both. */
enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED =
		1,	  /* transfer, silence, protocol; or several boards for different reasons */
	STATUS_USAGE = 2, /* (program) */
	STATUS_NONE_IN_TIME = 3, /* (program) */
	STATUS_NO_PERMISSION = 4,
	STATUS_NO_FILES = 5, /* boot files missing or unusable */
	STATUS_VANISHED = 6, /* at whatever moment, and what should follow did not */
	STATUS_REFUSED = 7,  /* the boot ROM did not take the bootcode */
	STATUS_NO_DISK = 8,  /* the board said Done but no disk appeared */
	STATUS_WRITE_FAILED = 9,
	STATUS_HUNG_UP = 129,
	STATUS_INTERRUPTED = 130,
	STATUS_TERMINATED = 143,
};

enum expect { EXPECT_AUTO, EXPECT_DISK, EXPECT_DONE, EXPECT_ANY };

struct config {
	const char *dir; /* -d; NULL: search firmware_roots for each chip */
	const char *const *firmware_roots;
	size_t firmware_root_count;
	const char *firmware_fetch; /* how to fetch firmware, for messages: a command in quotes */
	bool overlay, signed_boot;
	const char *const *ports; /* -p: only these port paths; none: all */
	size_t port_count;
	const char *const *serials; /* -i: only these serial numbers; none: all */
	size_t serial_count;
	int port_number;    /* -0..-98: only this last port number; -1: all */
	unsigned int count; /* boards to serve; 0: for ever */
	enum expect expect;
	bool metadata;		  /* its document is wanted, in metadata_dir or on stdout */
	const char *metadata_dir; /* -j DIR; NULL: to stdout */
	struct metadata_store *metadata_store; /* the open metadata_dir */
	uint64_t timeout_ms;		       /* no board for so long: give up; 0: never */
	uint64_t stage_timeout_ms;	       /* longest silence of a board between two steps */
	const char *sysroot;		       /* "/sys" outside tests */
	/* "" outside tests: where disks have their nodes; NULL: not looked at */
	const char *devroot;
	const char *kmsg;    /* "/dev/kmsg" outside tests */
	struct image *image; /* --write: to each board's disk; NULL: nothing */
	bool no_verify;
	struct unmounter *unmounter; /* NULL: this process may unmount itself */
	const char *to_model; /* of several disks of a board the one whose model has this in it */
};

#endif
