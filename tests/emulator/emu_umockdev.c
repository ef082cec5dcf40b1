/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program with emulated boards, without root rights and USB:
 *
 *   emu_umockdev [-v] [--board chip=2711,truth=DIR,payload=msd,...]... -- ./rpiboot -d DIR
 *
 * The boards have the options of emu_vhci (emu_vhci_options.c). port=N is the port 90-(N+1). Prints
 * the verdict of each board. Exit status: that of the program; 98 if the program succeeded and a
 * verdict is bad; 77 if the mock host cannot run. */
#include "tests/emulator/bed.h"
#include "tests/emulator/emu_vhci_board.h"
#include "tests/unit/tree.h"

#include "util/util.h"

#define BOARDS	   16
#define STATUS_BAD 98

struct hosted {
	struct vhci_board board[BOARDS]; /* only for its options */
	struct bed_board bed[BOARDS];
	char port[BOARDS][32];
	size_t count;
};

static int hosted_add(struct hosted *hosted, char *options, FILE *log)
{
	size_t i = hosted->count;

	if (i == BOARDS || vhci_board_init(&hosted->board[i], (unsigned int)i, options) < 0)
		return -1;
	snprintf(hosted->port[i], sizeof(hosted->port[i]), "90-%u", hosted->board[i].port + 1);
	hosted->board[i].config.log = log;
	hosted->bed[i] = (struct bed_board){
		.port = hosted->port[i],
		.config = hosted->board[i].config,
		.plug_ms = hosted->board[i].late ? 500 : 0,
	};
	hosted->count++;
	return 0;
}

static int hosted_judge(const struct hosted *hosted, const struct bed_end *end)
{
	int status = end->status;

	if (end->problem[0])
		fprintf(stderr, "problem: %s\n", end->problem);
	for (size_t i = 0; i < hosted->count; i++) {
		bool bad = end->verdict[i][0];

		fprintf(stderr, "verdict %s %s%s\n", hosted->port[i], bad ? "bad: " : "good",
			end->verdict[i]);
		if (status == 0 && (bad || end->problem[0]))
			status = STATUS_BAD;
	}
	return status;
}

static int hosted_run(const struct hosted *hosted, char *const *argv, FILE *log)
{
	char *root = tree_new();
	struct bed_config config = {
		.boards = hosted->bed,
		.board_count = hosted->count,
		.argv = argv,
		.root = root,
		.out_fd = -1,
		.err_fd = -1,
		.log = log,
	};
	struct bed_end end;
	int status = 1;

	if (bed_run(&config, &end) == 0)
		status = hosted_judge(hosted, &end);
	bed_end_clear(&end);
	tree_free(root);
	return status;
}

int main(int argc, char **argv)
{
	static struct hosted hosted;
	const char *missing = bed_missing(), *must = getenv("RPIBOOT_MUST_RUN");
	FILE *log = NULL;
	int i, status;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "-v") == 0)
			log = stderr;
		else if (strcmp(argv[i], "--board") != 0 || i + 1 == argc ||
			 hosted_add(&hosted, argv[++i], log) < 0)
			break;
	}
	if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
		fprintf(stderr, "usage: emu_umockdev [-v] [--board OPTION=VALUE,...]... -- PROGRAM "
				"[ARGUMENT]...\nemu_vhci_options.c lists the options, "
				"docs/testing.md those of a recovery\n");
		return 2;
	}
	if (missing) {
		printf("SKIP %s\n", missing);
		return must && strcmp(must, "1") == 0 ? 1 : 77;
	}
	status = hosted_run(&hosted, argv + i + 1, log);
	for (size_t board = 0; board < hosted.count; board++)
		vhci_board_clear(&hosted.board[board], 0);
	return status;
}
