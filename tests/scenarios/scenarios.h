/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios: what is on the bus, what rpiboot is called with, and how it has to end. A scenario is
 * a row of a table and does not know which host of the emulator plays it. */
#ifndef TESTS_SCENARIOS_H
#define TESTS_SCENARIOS_H

#include "tests/emulator/emu.h"

#include <limits.h>

#define SCENARIO_BOARDS 3
#define SCENARIO_EVER	UINT_MAX

/* What a row has that does not state its own. */
#define SCENARIO_FILES	"bootcode4.bin:73000 config.txt:100"
#define SCENARIO_SCRIPT "ask config.txt;done"
#define SCENARIO_ARGS	"-d DIR"

struct scenario_board {
	const char *port;      /* NULL: "90-1.2" */
	const char *serial;    /* of the boot ROM; NULL: "12345678" */
	struct emu_config emu; /* with a gap of 30 ms where it has none */
	const char *script;    /* NULL: the scenario's */
	const char *bootcode;  /* what its boot ROM must get; NULL: the chip's file */
	unsigned int plug_ms;
	const char *plug_after;	      /* it comes after the program has printed this */
	unsigned int denied_ms;	      /* so long it may not be opened; SCENARIO_EVER */
	unsigned int unauthorized_ms; /* ... the system has not authorised it */
	unsigned int taken_ms;	      /* ... another rpiboot has the right to its port */
	const char *withheld_until;   /* both last until the program has printed this, too */
	bool no_node;		      /* /dev gets no node for it ... */
	bool no_disk_node;	      /* ... for its disk */
	bool no_driver;		      /* usb-storage is blocked: it shows no disk */
	bool busy;
	bool untouched; /* the boot protocol must not begin with it */
	/* Options of a recovery, as docs/testing.md has them, with WORK as in the arguments. Such a
	 * board has a payload of its own only where it has a script of its own. */
	const char *recovery;
	const char *holds;	 /* its EEPROM at the end: a file of DIR; "-": it is erased */
	bool locks;		 /* its OTP has the key of WORK/key.pem at the end */
	const char *power_after; /* a person cuts its power when the program has printed this */
};

struct scenario {
	const char *name;
	struct scenario_board board, more[SCENARIO_BOARDS - 1]; /* more: until one without port */
	bool no_board;
	/* The files, see scenario_stage.h. NULL: SCENARIO_FILES. */
	const char *files;
	/* What the board asks for, as emu_payload.h has it, or "@NAME" for a payload of that.
	 * NULL: SCENARIO_SCRIPT. */
	const char *script;
	/* The arguments; in them DIR is the directory with the files, WORK the one above it, HASH8
	 * begins the hash of the key in WORK/key.pem. NULL: SCENARIO_ARGS. */
	const char *args;
	bool no_events;		/* no udevd: nobody tells that a board has come */
	const char *preload;	/* a library of build/tests that joins rpiboot, without .so */
	int signal;		/* to rpiboot, when all is quiet on the bus */
	unsigned int signal_ms; /* for so long; 0: for a moment */
	/* Not for the real program: the preload library loses a socket with every open() that
	 * fails, and has fifty. */
	bool in_process;
	long more_kib; /* memory that its command needs besides: it signs images of 2 MiB */
	int status;
	/* Its stdout, whole (NULL: nothing; of several boards the lines in any order); or, where
	 * says is given, texts that are in it. Texts are separated by '|'. */
	const char *out, *says;
	const char *order; /* two texts of stdout: the first one comes before the second */
	/* Texts that are on stderr; "": stderr is empty. */
	const char *err;
	const char *err_once;  /* a text that is there just once */
	const char *err_not;   /* a text that is not there */
	const char *signature; /* a file: its 20 bytes are what the boot ROM must get */
	const char *makes;     /* a file below WORK that is there at the end */
};

/* NULL comes before the first and after the last. */
const struct scenario *scenario_next(const struct scenario *prev);

/* The parts of the table. */
extern const struct scenario scenarios_payloads[], scenarios_files[], scenarios_ends[],
	scenarios_faults[], scenarios_boards[], scenarios_hints[], scenarios_bus[],
	scenarios_after[], scenarios_recovery[], scenarios_recover[], scenarios_lock[];

#endif
