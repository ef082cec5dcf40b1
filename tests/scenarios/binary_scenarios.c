/* SPDX-License-Identifier: Apache-2.0 */
/* The binary level: runs scenarios with the real program and the real libusb. Each scenario has a
 * process of its own, and several run at the same time.
 *
 *   binary_scenarios [--program PATH] [--valgrind] [-v] [NAME...]
 *
 * NAME: runs only the scenarios whose name contains NAME. --valgrind: errors, leaks and open file
 * descriptors are failures, too. -v: prints the output and the events on the bus. Prints one line
 * for each scenario, in table order. Exit status: 0: all passed, 77: they cannot run here. */
#include "tests/emulator/bed.h"
#include "tests/scenarios/scenario_stage.h"
#include "tests/scenarios/scenarios_random.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <ctype.h>
#include <libusb-1.0/libusb.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define LIMIT_MS	  60000
#define LIMIT_VALGRIND_MS 90000
#define SIGNAL_MS	  400
#define TEXT_BYTES	  65536
#define JOBS		  10
#define JOBS_VALGRIND	  3
#define RSS_KIB		  (16 * 1024) /* with one board; each further board may take 1 MiB */

/* A sanitizer needs memory of its own, so this limit is not checked then. */
#ifdef SANITIZED
#define RSS_LIMITED false
#else
#define RSS_LIMITED true
#endif

struct player {
	const char *program;
	bool valgrind, verbose;
	const struct scenario **rows; /* up to NULL; if this is NULL: all rows of the table */
	char **names;		      /* up to NULL */
};

/* The run of one scenario, in its own process. */
struct play {
	const struct player *player;
	struct scenario_stage stage;
	struct bed_board boards[SCENARIO_BOARDS];
	char *argv[STAGE_ARGS + 16];
	struct bed_end end;
	char out[TEXT_BYTES], err[TEXT_BYTES], why[1024];
};

static void play_argv(struct play *play)
{
	static const char *const valgrind[] = {"valgrind",
					       "--quiet",
					       "--error-exitcode=99",
					       "--leak-check=full",
					       "--show-leak-kinds=definite,indirect,possible",
					       "--errors-for-leak-kinds=definite,indirect,possible",
					       "--track-fds=yes"};
	size_t n = 0;

	if (play->player->valgrind) {
		for (size_t i = 0; i < array_size(valgrind); i++)
			play->argv[n++] = (char *)valgrind[i];
		tree_must(asprintf(&play->argv[n++], "--log-file=%s/valgrind", play->stage.work) >
			  0);
	}
	for (int i = 0; i < play->stage.argc; i++)
		play->argv[n++] = play->stage.argv[i];
}

static void play_boards(struct play *play)
{
	for (size_t i = 0; i < play->stage.board_count; i++) {
		const struct scenario_board *board = stage_board(&play->stage, i);

		play->boards[i] = (struct bed_board){
			.port = play->stage.ports[i],
			.config = play->stage.configs[i],
			.plug_ms = board->plug_ms,
			.plug_after = board->plug_after,
			.denied_ms = board->denied_ms,
			.unauthorized_ms = board->unauthorized_ms,
			.unauthorized_again = board->unauthorized_again,
			.taken_ms = board->taken_ms,
			.withheld_until = board->withheld_until,
			.no_node = board->no_node,
			.no_disk_node = board->no_disk_node,
			.no_driver = board->no_driver,
			.busy = board->busy,
			.untouched = board->untouched,
			.power_after = board->power_after,
		};
		play->boards[i].config.log = play->player->verbose ? stdout : NULL;
	}
}

static void text_read(const char *path, char *ret)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, ret, TEXT_BYTES - 1) : 0;

	ret[n > 0 ? n : 0] = '\0';
}

static int play_run(struct play *play)
{
	cleanup_fd int out = open(tree_path(play->stage.work, "out"), O_RDWR | O_CREAT, 0600);
	cleanup_fd int err = open(tree_path(play->stage.work, "err"), O_RDWR | O_CREAT, 0600);
	cleanup_free char *root = strdup(tree_path(play->stage.work, "bed")), *preload = NULL;
	const char *joins = play->stage.scenario->preload;
	struct bed_config config = {
		.boards = play->boards,
		.board_count = play->stage.board_count,
		.argv = play->argv,
		.root = root,
		.no_events = play->stage.scenario->no_events,
		.out_fd = out,
		.err_fd = err,
		.signal = play->stage.scenario->signal,
		.signal_ms = (play->player->valgrind ? 10 * SIGNAL_MS : SIGNAL_MS) +
			     play->stage.scenario->signal_ms,
		.limit_ms = play->player->valgrind ? LIMIT_VALGRIND_MS : LIMIT_MS,
		.log = play->player->verbose ? stdout : NULL,
	};

	tree_must(!joins || asprintf(&preload, "build/tests/%s.so", joins) > 0);
	config.preload = preload;
	tree_must(mkdir(root, 0755) == 0);
	setenv("RPIBOOT_FIRMWARE", play->stage.dir, 1);
	if (bed_run(&config, &play->end) < 0)
		return -1;
	text_read(tree_path(play->stage.work, "out"), play->out);
	text_read(tree_path(play->stage.work, "err"), play->err);
	return 0;
}

static bool __attribute__((format(printf, 2, 3))) play_fail(struct play *play, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(play->why, sizeof(play->why), fmt, ap);
	va_end(ap);
	return false;
}

static int line_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The boards start in no defined order. */
static void lines_sort(char *text)
{
	cleanup_free char *copy = strdup(text);
	char *lines[256], *rest = copy, *line;
	size_t count = 0;

	while (count < array_size(lines) && (line = strsep(&rest, "\n")) && (*line || rest))
		lines[count++] = line;
	qsort(lines, count, sizeof(*lines), line_compare);
	for (size_t i = 0; i < count; i++)
		text += sprintf(text, "%s\n", lines[i]);
}

/* Checks the texts that must be absent, or present only once. */
static bool check_absent(struct play *play)
{
	const struct scenario *scenario = play->stage.scenario;
	const char *once = scenario->err_once ? strstr(play->err, scenario->err_once) : NULL;

	if (scenario->err_once && (!once || strstr(once + 1, scenario->err_once)))
		return play_fail(play, "stderr has '%s' %s", scenario->err_once,
				 once ? "more than once" : "not at all");
	if (scenario->err_not && strstr(play->err, scenario->err_not))
		return play_fail(play, "stderr has '%s'", scenario->err_not);
	return true;
}

static bool check_texts(struct play *play)
{
	const struct scenario *scenario = play->stage.scenario;
	const char *expected = scenario->out ? scenario->out : "", *missing;
	char text[512];

	if (scenario->order && !stage_in_order(scenario->order, play->out))
		return play_fail(play, "stdout has not in this order: %s", scenario->order);
	if (play->stage.board_count > 1)
		lines_sort(play->out);
	if (!scenario->out_has && strcmp(play->out, expected) != 0)
		return play_fail(play, "stdout is '%.200s', not '%.200s'", play->out, expected);
	missing = scenario->out_has ? stage_missing(&play->stage, scenario->out_has, play->out,
						    text, sizeof(text))
				    : NULL;
	if (missing)
		return play_fail(play, "stdout has no '%s'", missing);
	if (scenario->err && !*scenario->err && play->err[0])
		return play_fail(play, "stderr is not empty");
	missing = scenario->err ? stage_missing(&play->stage, scenario->err, play->err, text,
						sizeof(text))
				: NULL;
	if (missing)
		return play_fail(play, "stderr has no '%s'", missing);
	if (!check_absent(play))
		return false;
	if (strstr(play->err, "libusb: "))
		return play_fail(play, "libusb complains");
	for (const char *p = play->err; *p; p++)
		if ((unsigned char)*p < 0x20 && *p != '\n')
			return play_fail(play, "stderr has a control character (%#x)", *p);
	return true;
}

/* Checks that the JSON lines are in the order of their times. */
static bool check_times(struct play *play)
{
	double last = 0, time;

	for (const char *at = play->out; (at = strstr(at, "\"time\":")); at++) {
		time = strtod(at + strlen("\"time\":"), NULL);
		if (time < last)
			return play_fail(play, "an event of %.3f s comes after one of %.3f s", time,
					 last);
		last = time;
	}
	return true;
}

static bool check_boards(struct play *play)
{
	for (size_t i = 0; i < play->stage.board_count; i++) {
		const struct scenario_board *board = stage_board(&play->stage, i);
		const char *wrong = stage_recovered_wrong(&play->stage, i, play->out);

		if (!wrong && board->untouched && play->end.touched[i])
			wrong = "it was booted";
		if (!wrong && !board->untouched && board->unauthorized_ms != SCENARIO_EVER &&
		    play->end.verdict[i][0])
			wrong = play->end.verdict[i];
		if (wrong)
			return play_fail(play, "board %s: %s", play->stage.ports[i], wrong);
	}
	return true;
}

/* Fails if valgrind reports an error, or a file descriptor that was not open at the start. */
static bool check_valgrind(struct play *play)
{
	char log[TEXT_BYTES], *at = log;

	text_read(tree_path(play->stage.work, "valgrind"), log);
	if (play->end.status == 99 || strstr(log, "Invalid ") ||
	    strstr(log, " lost in loss record"))
		return play_fail(play, "valgrind complains:\n%.800s", log);
	while ((at = strstr(at, "Open file descriptor "))) {
		char *next = strchr(at, '\n');

		if (!next || !strstr(next, "<inherited from parent>") ||
		    strstr(next, "<inherited from parent>") > next + 60)
			return play_fail(play, "a file was left open: %.300s", at);
		at = next;
	}
	return true;
}

static bool play_check(struct play *play)
{
	const struct scenario *scenario = play->stage.scenario;
	long rss_kib = RSS_KIB + scenario->more_kib +
		       1024 * (long)(play->stage.board_count > 1 ? play->stage.board_count - 1 : 0);

	if (play->player->valgrind && !check_valgrind(play))
		return false;
	if (play->end.overdue)
		return play_fail(play, "it did not end in time");
	if (play->end.killed)
		return play_fail(play, "it died of signal %d", play->end.status - 128);
	if (play->end.status != scenario->status)
		return play_fail(play, "exit status %d expected", scenario->status);
	if (!check_times(play) || !check_boards(play) || !check_texts(play))
		return false;
	if (play->end.problem[0])
		return play_fail(play, "%s", play->end.problem);
	if (scenario->makes && access(tree_path(play->stage.work, scenario->makes), F_OK) < 0)
		return play_fail(play, "there is no %s", scenario->makes);
	if (RSS_LIMITED && !play->player->valgrind && play->end.rss_kib > rss_kib)
		return play_fail(play, "it took %ld KiB of memory, more than %ld",
				 play->end.rss_kib, rss_kib);
	return true;
}

static void lines_print(const char *prefix, const char *text)
{
	for (const char *end; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		printf("# %s: ", prefix);
		for (; text < end; text++)
			isprint((unsigned char)*text) ? putchar(*text)
						      : printf("\\x%02x", (unsigned char)*text);
		putchar('\n');
	}
}

static int play_scenario(const struct player *player, const struct scenario *scenario)
{
	struct play *play = calloc(1, sizeof(*play));
	bool ok;

	tree_must(play != NULL);
	play->player = player;
	stage_init(&play->stage, scenario, player->program);
	play_argv(play);
	play_boards(play);
	ok = play_run(play) == 0 && play_check(play);
	printf("%s %s (exit %d)", ok ? "ok" : "not ok", scenario->name, play->end.status);
	if (player->verbose)
		printf(" %.2f s, cpu %.2f s, %ld KiB", play->end.seconds, play->end.cpu_seconds,
		       play->end.rss_kib);
	printf("%s%s\n", ok ? "" : ": ", play->why);
	if (!ok || player->verbose) {
		lines_print("stdout", play->out);
		lines_print("stderr", play->err);
	}
	bed_end_clear(&play->end);
	stage_clear(&play->stage);
	free(play);
	return ok ? 0 : 1;
}

/* A scenario that runs, or whose output waits to be printed in order. */
struct job {
	struct job *next;
	const char *name;
	pid_t pid; /* 0: ended */
	int fd;	   /* its output */
	bool ok;
};

static struct job *job_start(const struct player *player, const struct scenario *scenario)
{
	struct job *job = calloc(1, sizeof(*job));
	int status;

	tree_must(job != NULL);
	job->name = scenario->name;
	job->fd = memfd_create(scenario->name, MFD_CLOEXEC);
	tree_must(job->fd >= 0);
	fflush(stdout);
	job->pid = fork();
	tree_must(job->pid >= 0);
	if (job->pid == 0) {
		dup2(job->fd, STDOUT_FILENO);
		dup2(job->fd, STDERR_FILENO);
		status = play_scenario(player, scenario);
		fflush(stdout);
		_exit(status); /* skip the leak check: the memory is the parent's */
	}
	return job;
}

static void job_print(struct job *job)
{
	char text[4096];
	ssize_t n;

	lseek(job->fd, 0, SEEK_SET);
	while ((n = read(job->fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)n, stdout);
	fflush(stdout);
}

struct tally {
	unsigned int passed, failed, running;
	struct job *jobs; /* in the order of the table */
};

/* Waits for one job to end. Then prints the finished jobs that are next in order. */
static void tally_wait(struct tally *tally)
{
	int status = 0;
	pid_t pid = wait(&status);

	for (struct job *job = tally->jobs; job; job = job->next) {
		if (job->pid != pid)
			continue;
		job->pid = 0;
		job->ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (!WIFEXITED(status))
			dprintf(job->fd, "not ok %s: the test itself died of signal %d\n",
				job->name, WTERMSIG(status));
		tally->running--;
	}
	while (tally->jobs && tally->jobs->pid == 0) {
		struct job *job = tally->jobs;

		job_print(job);
		tally->passed += job->ok;
		tally->failed += !job->ok;
		tally->jobs = job->next;
		close(job->fd);
		free(job);
	}
}

static bool player_wants(const struct player *player, const char *name)
{
	for (char **wanted = player->names; *wanted; wanted++)
		if (strstr(name, *wanted))
			return true;
	return !*player->names;
}

static const struct scenario *player_next(const struct player *player, const struct scenario *prev,
					  size_t *at)
{
	return player->rows ? player->rows[(*at)++] : scenario_next(prev);
}

/* Without uevents a board boots only if libusb has NO_DEVICE_DISCOVERY. */
static bool player_can(const struct scenario *row)
{
	if (LIBUSB_API_VERSION >= 0x01000109 || !row->no_events || row->status != 0)
		return true;
	printf("ok - %s # SKIP optional here: it takes libusb 1.0.25\n", row->name);
	return false;
}

static int play_all(const struct player *player)
{
	size_t at = 0;
	struct tally tally = {0};
	unsigned int most = player->valgrind ? JOBS_VALGRIND : JOBS;

	for (const struct scenario *row = NULL; (row = player_next(player, row, &at));) {
		struct job **end = &tally.jobs;

		if (row->in_process || !player_wants(player, row->name) || !player_can(row))
			continue;
		if (tally.running == (player->verbose ? 1 : most))
			tally_wait(&tally);
		while (*end)
			end = &(*end)->next;
		*end = job_start(player, row);
		tally.running++;
	}
	while (tally.running > 0)
		tally_wait(&tally);
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed > 0 || tally.passed == 0;
}

/* Chooses cases at random. $FAULT_SEED repeats a run. */
static const struct scenario **faults_chosen(const char *count)
{
	const char *wanted = getenv("FAULT_SEED");
	uint32_t seed = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : (uint32_t)time(NULL);

	printf("FAULT_SEED=%u\n", seed);
	return scenarios_random(strtoul(count, NULL, 10), seed);
}

int main(int argc, char **argv)
{
	const char *missing = bed_missing(), *must = getenv("RPIBOOT_MUST_RUN");
	struct player player = {.program = "./rpiboot"};
	int at = 1, status;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strcmp(argv[at], "--valgrind") == 0) {
			player.valgrind = true;
		} else if (strcmp(argv[at], "-v") == 0) {
			player.verbose = true;
		} else if (strcmp(argv[at], "--faults") == 0 && at + 1 < argc) {
			player.rows = faults_chosen(argv[++at]);
		} else if (strcmp(argv[at], "--program") == 0 && at + 1 < argc) {
			player.program = argv[++at];
		} else {
			fprintf(stderr, "unknown option %s\n", argv[at]);
			return 2;
		}
	}
	player.names = argv + at;
	if (access(player.program, X_OK) < 0) {
		perror(player.program);
		return 2;
	}
	if (missing) {
		printf("SKIP %s\n", missing);
		return must && strcmp(must, "1") == 0 ? 1 : 77;
	}
	status = play_all(&player);
	scenarios_random_free(player.rows);
	return status;
}
