/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario is a row of a table: the boards on the bus, the arguments of rpiboot, and the expected
 * result. It does not depend on the host of the emulator that runs it. */
#ifndef TESTS_SCENARIOS_H
#define TESTS_SCENARIOS_H

#include "tests/emulator/emu.h"

#include <limits.h>

#define SCENARIO_BOARDS 3
#define SCENARIO_EVER	UINT_MAX

/* The defaults of a row. */
#define SCENARIO_FILES	"bootcode4.bin:73000 config.txt:100"
#define SCENARIO_SCRIPT "ask config.txt;done"
#define SCENARIO_ARGS	"-d DIR"

struct scenario_board {
	const char *port;      /* NULL: "90-1.2" */
	const char *serial;    /* of the boot ROM; NULL: "12345678" */
	struct emu_config emu; /* a gap of 0 means 30 ms */
	const char *script;    /* NULL: the script of the scenario */
	const char *bootcode;  /* the file that the boot ROM must get; NULL: the chip's file */
	unsigned int plug_ms;
	const char *plug_after;	      /* it is plugged in when the program has printed this */
	unsigned int denied_ms;	      /* time until it can be opened; SCENARIO_EVER */
	unsigned int unauthorized_ms; /* time until the system authorises it */
	bool unauthorized_again;      /* only later appearances have to be authorised */
	unsigned int taken_ms;	      /* time until another rpiboot releases its port */
	const char *withheld_until;   /* and until the program has printed this */
	bool no_node;		      /* /dev has no node for the board */
	bool no_disk_node;	      /* /dev has no node for its disk */
	bool no_driver;		      /* usb-storage is blocked, so no disk appears */
	bool busy;
	bool untouched; /* the boot protocol must not begin with this board */
	/* Options of a recovery (docs/testing.md), in which WORK is as in the arguments. With a
	 * recovery, a board has a payload only if it has its own script. */
	const char *recovery;
	const char *holds;	 /* expected EEPROM at the end: a file of DIR; "-": erased */
	bool locks;		 /* expected OTP at the end: the key of WORK/key.pem */
	const char *power_after; /* its power is cut when the program has printed this */
};

struct scenario {
	const char *name;
	/* more: ends with a board without port. */
	struct scenario_board board, more[SCENARIO_BOARDS - 1];
	bool no_board;
	/* The files, see scenario_stage.h. NULL: SCENARIO_FILES. */
	const char *files;
	/* The requests of the board (emu_payload.h), or "@NAME" for a preset. NULL:
	 * SCENARIO_SCRIPT. */
	const char *script;
	/* The arguments. In them, DIR is the directory with the files, WORK is its parent
	 * directory, and HASH8 is the start of the hash of the key in WORK/key.pem. NULL:
	 * SCENARIO_ARGS. */
	const char *args;
	bool no_events;		/* no udevd: the program gets no uevents */
	const char *preload;	/* a library of build/tests for rpiboot to preload, without .so */
	int signal;		/* sent to rpiboot when the bus is idle */
	unsigned int signal_ms; /* how long the bus is idle before that; 0: a short time */
	/* The real program cannot run this row: the preload library leaks one of its fifty sockets
	 * with every open() that fails. */
	bool in_process;
	long more_kib; /* more memory for the command, which copies images of 2 MiB */
	int status;
	/* out: the whole stdout; NULL: empty. With several boards, the lines can be in any order.
	 * out_has: texts in stdout, separated by '|'; then out is not used. */
	const char *out, *out_has;
	const char *order; /* two texts of stdout: the first one comes before the second */
	/* Texts in stderr, separated by '|'; "": stderr is empty. */
	const char *err;
	const char *err_once;  /* a text that is in stderr exactly once */
	const char *err_not;   /* a text that is not in stderr */
	const char *signature; /* a file whose 20 bytes the boot ROM must get */
	const char *makes;     /* a file below WORK that must exist at the end */
};

/* Returns: the next scenario, or NULL. prev: NULL means the first one. */
const struct scenario *scenario_next(const struct scenario *prev);

/* The parts of the table. */
extern const struct scenario scenarios_payloads[], scenarios_files[], scenarios_ends[],
	scenarios_faults[], scenarios_boards[], scenarios_hints[], scenarios_bus[],
	scenarios_after[], scenarios_recovery[], scenarios_recover[], scenarios_lock[];

#endif
