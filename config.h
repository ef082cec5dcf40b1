/* SPDX-License-Identifier: Apache-2.0 */
/* The parsed command line, which all layers of the program read, and the exit statuses. No code
 * changes it after options_parse(). This file includes no other file of the project. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The results of boards and the exit status of the program use the same values. The values are
 * stable and documented. */
enum exit_status {
	STATUS_OK = 0,
	/* A transfer failed, a board was silent, or a board violated the protocol. The program also
	 * returns this status if several boards failed for different reasons. */
	STATUS_FAILED = 1,
	STATUS_USAGE = 2, /* wrong command line (program only) */
	/* No board appeared, or no image arrived, before the timeout (program only). */
	STATUS_NONE_IN_TIME = 3,
	STATUS_NO_PERMISSION = 4,
	STATUS_NO_FILES = 5, /* boot files or image missing or unusable */
	/* The board left the bus, and the expected next stage did not follow. */
	STATUS_VANISHED = 6,
	STATUS_REFUSED = 7, /* the boot ROM rejected the bootcode */
	/* The board sent Done, but no disk appeared. */
	STATUS_NO_DISK = 8,
	STATUS_WRITE_FAILED = 9,
	STATUS_HUNG_UP = 129,
	STATUS_INTERRUPTED = 130,
	STATUS_TERMINATED = 143,
};

enum expect { EXPECT_AUTO, EXPECT_DISK, EXPECT_DONE, EXPECT_ANY };

struct config {
	/* The argument of -d. It may name a firmware directory; firmware.dir has the directory that
	 * is used. NULL means that rpiboot searches for the firmware of each chip. */
	const char *dir;
	bool overlay, signed_boot;
	/* Serve only boards at these port paths (-p). An empty list selects all port paths. */
	const char *const *ports;
	size_t port_count;
	/* Serve only boards with these serial numbers (-i). An empty list selects all serial
	 * numbers. */
	const char *const *serials;
	size_t serial_count;
	/* Serve only boards whose port path ends with this number (-0 to -98). -1 selects all
	 * ports. */
	int port_number;
	unsigned int count; /* boards to serve; 0 means no limit */
	enum expect expect;
	/* True if the metadata document is written, to metadata_dir or to stdout. */
	bool metadata;
	const char *metadata_dir; /* directory of -j; NULL means stdout */
	/* The program ends if no board appears for this time. 0 means no timeout. */
	uint64_t timeout_ms;
	/* The longest silence of a board between two steps. */
	uint64_t stage_timeout_ms;
	const char *sysroot; /* "/sys" outside tests */
	/* The prefix of the paths of disk device nodes. It is "" outside tests. NULL means that the
	 * nodes are ignored. */
	const char *devroot;
	const char *kmsg; /* "/dev/kmsg" outside tests */
	bool no_verify;
	/* The argument of --to. If a board has several disks, the image is written to the disk
	 * whose model contains this text. */
	const char *to_model;
};

#endif
