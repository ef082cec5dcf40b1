/* SPDX-License-Identifier: Apache-2.0 */
/* Defines the exit statuses of the program and struct config, which holds the values of its
 * command-line options. No code changes the struct after options_parse() filled it. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The exit statuses of the program. The result of each single board has one of these values, too.
 * The numbers are documented and never change. */
enum exit_status {
	STATUS_OK = 0,
	/* A transfer to a board failed, a board did not answer in time, or a board violated the
	 * protocol. The program also returns this status if several boards failed for different
	 * reasons. */
	STATUS_FAILED = 1,
	STATUS_USAGE = 2, /* wrong command line (program only) */
	/* No board appeared on USB before the timeout, or no data of the image arrived through a
	 * pipe. This is a status of the program, never the result of a single board. */
	STATUS_NONE_IN_TIME = 3,
	STATUS_NO_PERMISSION = 4,
	STATUS_NO_FILES = 5, /* The boot files or the image are missing or unusable. */
	/* The board left the USB bus before its boot was complete, and did not come back. */
	STATUS_VANISHED = 6,
	STATUS_REFUSED = 7, /* the boot ROM rejected the bootcode */
	/* The board reported the end of its boot with the message Done, but no disk of the board
	 * appeared on USB. */
	STATUS_NO_DISK = 8,
	STATUS_WRITE_FAILED = 9,
	/* `rpiboot recover` failed to update the EEPROM of the board or to lock the board. For
	 * example, the board reported a failure, or did not read the whole EEPROM image. */
	STATUS_EEPROM_FAILED = 10,
	/* The board reported no failure of `rpiboot recover`, but its reports also do not prove
	 * that the EEPROM has the image. */
	STATUS_EEPROM_UNPROVED = 11,
	STATUS_HUNG_UP = 129,
	STATUS_INTERRUPTED = 130,
	STATUS_TERMINATED = 143,
};

enum expect { EXPECT_AUTO, EXPECT_DISK, EXPECT_DONE, EXPECT_ANY };

struct config {
	/* The argument of the option -d: the path of a boot directory, or a name such as "msd" for
	 * which firmware_init() finds the path. If the argument is NULL, rpiboot searches for the
	 * firmware of each chip. */
	const char *dir;
	bool overlay, signed_boot;
	/* The USB port paths of the boards that rpiboot serves (option -p). If the list is empty,
	 * rpiboot serves boards at all ports. */
	const char *const *ports;
	size_t port_count;
	/* True if rpiboot switches the power of the ports in `ports` off and on before it waits for
	 * boards (option --power-cycle). */
	bool power_cycle;
	/* The serial numbers of the boards that rpiboot serves (option -i). If the list is empty,
	 * rpiboot serves boards with any serial number. */
	const char *const *serials;
	size_t serial_count;
	/* The number of a USB port, or -1. The option -12, for example, sets it to 12, and rpiboot
	 * then serves only boards whose USB port path ends with this number. With the value -1, it
	 * serves boards at all ports. */
	int port_number;
	unsigned int count; /* number of boards to serve; 0: all */
	enum expect expect;
	/* True if rpiboot writes the properties that a board reports about itself as a JSON
	 * document. The document goes to metadata_dir or, if that is NULL, to stdout. */
	bool metadata;
	const char *metadata_dir; /* directory of -j; NULL means stdout */
	/* If no board appears on USB for this time in milliseconds, the program ends. 0 means that
	 * it waits without a limit. */
	uint64_t timeout_ms;
	/* The maximum time in milliseconds that a board may be silent between two steps of its
	 * boot. After that, the boot fails. */
	uint64_t stage_timeout_ms;
	const char *sysroot; /* "/sys" outside tests */
	/* A prefix for the paths of device nodes, which is empty outside tests. If it is NULL,
	 * rpiboot does not check whether the node of a disk exists. */
	const char *devroot;
	const char *kmsg; /* "/dev/kmsg" outside tests */
	bool no_verify;
	/* The argument of the option --to. If a board has several disks, rpiboot writes the image
	 * to the disk whose model name contains this text. */
	const char *to_model;
};

#endif
