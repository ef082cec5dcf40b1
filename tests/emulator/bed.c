/* SPDX-License-Identifier: Apache-2.0 */
/* The main loop of the mock host: it plugs the boards in and out, and serves the child process.
 * There is one thread. It answers each request of the child at once, or holds it until the board
 * can answer. */
#include "tests/emulator/bed_private.h"

#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>

#define PRELOAD	       "libumockdev-preload.so.0"
#define PRELOAD_USBFS  "usbfs_remote.so" /* in the directory of the test program */
#define DISK_STEP_MS   20
#define FDS_MAX	       1024
#define DEVICE_NUMBERS 127

void bed_problem(struct bed *bed, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!bed->problem[0])
		vsnprintf(bed->problem, sizeof(bed->problem), fmt, ap);
	va_end(ap);
}

void bed_log(const struct bed *bed, const char *fmt, ...)
{
	va_list ap;

	if (!bed->config->log)
		return;
	fprintf(bed->config->log, "[%5" PRIu64 " ms] ", util_now_ms() - bed->start_ms);
	va_start(ap, fmt);
	vfprintf(bed->config->log, fmt, ap);
	va_end(ap);
	fputc('\n', bed->config->log);
}

const char *bed_missing(void)
{
	FILE *probe = popen("LD_PRELOAD=" PRELOAD " true 2>&1", "r");
	int first = probe ? fgetc(probe) : '?';

	if (probe)
		pclose(probe);
	if (first == EOF)
		return NULL;
	return "there is no " PRELOAD " here (package umockdev); ./setup installs it";
}

/* A pipe of one page is writable only when it is empty. One byte in the pipe thus controls the
 * readiness of the node. After the child has got ENODEV the node stays unready: otherwise the child
 * would spin. */
void bed_node_ready(struct bed *bed, struct bed_node *node)
{
	bool ready = node->gone && !node->reported;
	char byte = 0;

	for (struct bed_conn *conn = bed->conns; conn; conn = conn->next)
		ready = ready || (conn->node == node && conn->done.count > 0);
	if (ready == node->ready || node->fifo_fd < 0)
		return;
	node->ready = ready;
	tree_must((ready ? read(node->fifo_fd, &byte, 1) : write(node->fifo_fd, &byte, 1)) == 1);
}

/* The path of the socket for this node. The preload library opens it. */
static const char *node_socket(const struct bed *bed, const struct bed_node *node)
{
	char name[128];

	snprintf(name, sizeof(name), "ioctl%s", node->path);
	return tree_path(bed->root, name);
}

static void node_open(struct bed *bed, struct bed_node *node)
{
	node->open_ms = 0;
	tree_must(chmod(tree_path(bed->root, node->path + 1), 0600) == 0);
}

/* Without uevents, libusb reads the descriptors from the node, so the node has to be a regular
 * file. poll() always reports such a file as ready. */
static void node_make(struct bed *bed, struct bed_node *node)
{
	const char *path = tree_parents(bed->root, node->path + 1);
	unsigned int denied_ms = node->port->board->denied_ms;
	uint8_t desc[18 + 512];
	char byte = 0;
	size_t size;

	node->fifo_fd = -1;
	if (bed->config->no_events) {
		size = emu_device_descriptor(node->port->emu, desc);
		size += emu_config_descriptor(node->port->emu, desc + size, sizeof(desc) - size);
		tree_write(bed->root, node->path + 1, desc, size);
	} else {
		tree_must(mkfifo(path, 0600) == 0);
		node->fifo_fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		tree_must(node->fifo_fd >= 0 && fcntl(node->fifo_fd, F_SETPIPE_SZ, 4096) >= 0);
		tree_must(write(node->fifo_fd, &byte, 1) == 1);
	}
	if (node->port->board->no_node)
		tree_must(unlink(tree_path(bed->root, node->path + 1)) == 0);
	else if (denied_ms) {
		tree_must(chmod(path, 0) == 0);
		node->open_ms = denied_ms == BED_EVER ? UINT64_MAX : util_now_ms() + denied_ms;
	}
}

static void node_plug(struct bed *bed, struct bed_port *port)
{
	struct bed_node *node = calloc(1, sizeof(*node));
	unsigned int bus = (unsigned int)atoi(port->board->port);

	tree_must(node != NULL);
	node->port = port;
	node->bus = bus;
	bed->last_number[bus] = bed->last_number[bus] % DEVICE_NUMBERS + 1;
	node->number = bed->last_number[bus];
	snprintf(node->path, sizeof(node->path), "/dev/bus/usb/%03u/%03u", bus, node->number);
	/* Send the event last: open() must work as soon as the child gets it. */
	tree_parents(bed->root, node_socket(bed, node) + strlen(bed->root) + 1);
	node->listen_fd = bed_usbfs_listen(bed, node->path);
	node_make(bed, node);
	node->next = bed->nodes;
	bed->nodes = node;
	port->node = node;
	bed_sysfs_plug(bed, node);
	if (!bed->config->no_events)
		bed_uevent_usb(bed, "add", node);
	port->disks_named = false;
	port->disk_ms = emu_is_disk(port->emu) ? util_now_ms() + DISK_STEP_MS : UINT64_MAX;
	bed->busy_ms = util_now_ms();
	bed_log(bed, "%s plugged in as %s", port->board->port, node->path);
}

static void node_unplug(struct bed *bed, struct bed_node *node)
{
	struct bed_port *port = node->port;

	bed_log(bed, "%s pulled", port->board->port);
	unlink(tree_path(bed->root, node->path + 1));
	unlink(node_socket(bed, node));
	close(node->listen_fd);
	node->listen_fd = -1;
	bed_usbfs_gone(bed, node);
	node->gone = true;
	bed_node_ready(bed, node);
	bed_sysfs_unplug(bed, node);
	if (!bed->config->no_events)
		bed_uevent_usb(bed, "remove", node);
	port->disk_ms = UINT64_MAX;
	port->returned = true;
	port->authorized = port->authorized && !port->board->unauthorized_again;
	port->node = NULL;
	bed->busy_ms = util_now_ms();
}

static void node_free(struct bed_node *node)
{
	if (node->listen_fd >= 0)
		close(node->listen_fd);
	if (node->fifo_fd >= 0)
		close(node->fifo_fd);
	free(node);
}

/* Frees the nodes that have left and that the child has closed. */
static void nodes_reap(struct bed *bed)
{
	for (struct bed_node **at = &bed->nodes, *node; (node = *at);) {
		bool used = !node->gone;

		for (struct bed_conn *conn = bed->conns; conn; conn = conn->next)
			used = used || conn->node == node;
		if (used) {
			at = &node->next;
		} else {
			*at = node->next;
			node_free(node);
		}
	}
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

/* Does the work that is due. Returns: the time of the next work. */
static uint64_t port_tick(struct bed *bed, struct bed_port *port, uint64_t now_ms)
{
	uint64_t plug_ms = bed_plug_ms(bed, port, now_ms), next_ms;
	uint64_t withheld_ms = bed_withhold(bed, port, now_ms);

	if (!port->emu) {
		if (now_ms < plug_ms)
			return plug_ms;
		port->emu = emu_new(&port->board->config, now_ms);
		tree_must(port->emu != NULL);
		node_plug(bed, port);
	}
	while (emu_tick(port->emu, now_ms, &next_ms)) {
		if (port->node)
			node_unplug(bed, port->node);
		if (emu_present(port->emu))
			node_plug(bed, port);
	}
	if (now_ms >= port->disk_ms) {
		port->disk_ms = port->disks_named ? UINT64_MAX : now_ms + DISK_STEP_MS;
		bed_sysfs_disks(bed, port);
	}
	if (!port->node)
		return earlier(next_ms, withheld_ms);
	if (port->node->open_ms && now_ms >= port->node->open_ms)
		node_open(bed, port->node);
	bed_usbfs_pump(bed, port->node);
	next_ms = earlier(earlier(next_ms, withheld_ms), port->disk_ms);
	return port->node->open_ms ? earlier(next_ms, port->node->open_ms) : next_ms;
}

/* Root can open every file unless it drops this capability. */
static void child_drop_override(const struct bed *bed)
{
	bool denied = false;

	for (size_t i = 0; i < bed->config->board_count; i++)
		denied = denied || bed->config->boards[i].denied_ms;
	if (!denied || geteuid() != 0)
		return;
	tree_must(prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) == 0);
	tree_must(prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH) == 0);
}

static char *child_preload(const struct bed *bed)
{
	char self[PATH_MAX], *preload, *slash;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	tree_must(length > 0);
	self[length] = '\0';
	slash = strrchr(self, '/');
	tree_must(asprintf(&preload, "%s%s%.*s" PRELOAD_USBFS ":" PRELOAD,
			   bed->config->preload ? bed->config->preload : "",
			   bed->config->preload ? ":" : "", (int)(slash + 1 - self), self) > 0);
	return preload;
}

static void __attribute__((noreturn)) child_exec(const struct bed *bed)
{
	const struct bed_config *config = bed->config;
	cleanup_free char *preload = child_preload(bed);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_DFL);       /* a background job of a shell ignores SIGINT */
	prctl(PR_SET_TIMERSLACK, 1ul); /* the library sleeps a little after every ioctl */
	child_drop_override(bed);
	if (config->out_fd >= 0)
		dup2(config->out_fd, STDOUT_FILENO);
	if (config->err_fd >= 0)
		dup2(config->err_fd, STDERR_FILENO);
	setenv("UMOCKDEV_DIR", bed->root, 1);
	setenv("LD_PRELOAD", preload, 1);
	/* Events need a socket that the library makes in the child. A child without its rights
	 * cannot make it, and gcov could not open its files when the child ends. */
	if (!config->no_events || (getenv("COVERAGE") && !strstr(preload, "sandbox_spy")))
		setenv("RPIBOOT_UNCONFINED", "1", 1);
	else
		unsetenv("RPIBOOT_UNCONFINED");
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0);
	execvp(config->argv[0], config->argv);
	perror(config->argv[0]);
	_exit(127);
}

static int bed_start(struct bed *bed)
{
	bed->start_ms = util_now_ms();
	bed->child = fork();
	if (bed->child < 0) {
		perror("fork");
		return -1;
	}
	if (bed->child == 0)
		child_exec(bed);
	bed->child_fd = (int)syscall(SYS_pidfd_open, bed->child, 0);
	tree_must(bed->child_fd >= 0);
	return 0;
}

/* Returns: the time until the next work is due, in milliseconds. */
static int bed_tick(struct bed *bed)
{
	uint64_t now_ms = util_now_ms(), next_ms = now_ms + 1000;

	for (size_t i = 0; i < bed->config->board_count; i++)
		next_ms = earlier(next_ms, port_tick(bed, &bed->ports[i], now_ms));
	if (bed_uevent_flush(bed))
		next_ms = earlier(next_ms, now_ms + 5);
	nodes_reap(bed);
	return next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
}

/* Handles the next messages from the sockets of the child. Returns: false if the child has ended
 * and all its messages are handled. */
static bool bed_serve(struct bed *bed, int timeout_ms)
{
	struct pollfd fds[FDS_MAX];
	struct bed_conn *conns[FDS_MAX], *conn = bed->conns;
	struct bed_node *nodes[FDS_MAX], *node = bed->nodes;
	nfds_t count = 2, node_end, end;

	fds[0] = (struct pollfd){.fd = bed->child_fd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = bed->default_fd, .events = POLLIN};
	for (; node && count < FDS_MAX; node = node->next) {
		nodes[count] = node;
		fds[count++] = (struct pollfd){.fd = node->listen_fd, .events = POLLIN};
	}
	for (node_end = count; conn && count < FDS_MAX; conn = conn->next) {
		conns[count] = conn;
		fds[count++] = (struct pollfd){.fd = conn->fd, .events = POLLIN};
	}
	end = count;
	if (poll(fds, end, timeout_ms) <= 0)
		return true;
	for (nfds_t i = node_end; i < end; i++)
		if (fds[i].revents && !bed_usbfs_receive(bed, conns[i]))
			bed_usbfs_close(bed, conns[i]);
	for (nfds_t i = 2; i < node_end; i++)
		if (fds[i].revents && !nodes[i]->gone)
			bed_usbfs_accept(bed, nodes[i], nodes[i]->listen_fd);
	if (fds[1].revents)
		bed_usbfs_accept(bed, NULL, bed->default_fd);
	return !fds[0].revents || bed->conns;
}

/* The child waits for events, no board can go on, and nothing has happened for a while. On a busy
 * machine a pause alone does not prove that the child is idle. The time therefore counts from the
 * moment when the child begins to wait for events. */
static bool bed_quiet(struct bed *bed, uint64_t now_ms)
{
	bool quiet = now_ms >= bed->busy_ms + bed->config->signal_ms;
	char why[256];
	glob_t monitors;

	for (size_t i = 0; quiet && i < bed->config->board_count; i++) {
		struct emu *emu = bed->ports[i].emu;

		quiet = emu && (bed->config->boards[i].untouched ||
				emu_verdict(emu, why, sizeof(why)) == 0);
	}
	if (!quiet || bed->listened)
		return quiet;
	if (glob(tree_path(bed->root, "event[0-9]*"), GLOB_NOSORT, NULL, &monitors) != 0)
		return false;
	globfree(&monitors);
	bed->listened = true;
	bed->busy_ms = now_ms;
	return false;
}

static void bed_loop(struct bed *bed, struct bed_end *ret)
{
	const struct bed_config *config = bed->config;
	bool signalled = config->signal == 0;
	int timeout_ms;

	do {
		uint64_t ran_ms = util_now_ms() - bed->start_ms;

		timeout_ms = bed_tick(bed);
		if (!signalled && timeout_ms > 20)
			timeout_ms = 20;
		if (!signalled && bed_quiet(bed, util_now_ms())) {
			kill(bed->child, config->signal);
			signalled = true;
		}
		if (config->limit_ms && ran_ms >= config->limit_ms && !ret->overdue) {
			ret->overdue = true;
			kill(bed->child, SIGKILL);
		}
	} while (bed_serve(bed, timeout_ms));
}

static double seconds_of(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static void bed_judge(struct bed *bed, struct bed_end *ret)
{
	struct rusage usage;
	int status;

	ret->seconds = (double)(util_now_ms() - bed->start_ms) / 1000;
	tree_must(wait4(bed->child, &status, 0, &usage) == bed->child);
	ret->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	ret->killed = WIFSIGNALED(status);
	ret->cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
	ret->rss_kib = usage.ru_maxrss;
	memcpy(ret->problem, bed->problem, sizeof(ret->problem));
	for (size_t i = 0; i < bed->config->board_count; i++) {
		struct emu *emu = bed->ports[i].emu;

		ret->touched[i] = emu && emu_touched(emu);
		if (!emu)
			snprintf(ret->verdict[i], sizeof(ret->verdict[i]), "not plugged in yet");
		else if (emu_verdict(emu, ret->verdict[i], sizeof(ret->verdict[i])) == 0)
			ret->verdict[i][0] = '\0';
	}
}

static void bed_clear(struct bed *bed)
{
	while (bed->conns)
		bed_usbfs_close(bed, bed->conns);
	while (bed->nodes) {
		struct bed_node *node = bed->nodes;

		bed->nodes = node->next;
		node_free(node);
	}
	for (size_t i = 0; i < bed->config->board_count; i++) {
		emu_free(bed->ports[i].emu);
		util_close_fd(&bed->ports[i].lock);
	}
	bed_uevent_clear(bed);
	close(bed->uevent_fd);
	close(bed->default_fd);
	if (bed->child_fd >= 0)
		close(bed->child_fd);
	free(bed->ports);
}

int bed_run(const struct bed_config *config, struct bed_end *ret)
{
	struct bed bed = {.config = config, .root = config->root, .child_fd = -1};
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->touched = calloc(config->board_count + 1, sizeof(*ret->touched));
	ret->verdict = calloc(config->board_count + 1, sizeof(*ret->verdict));
	bed.ports = calloc(config->board_count + 1, sizeof(*bed.ports));
	tree_must(ret->touched && ret->verdict && bed.ports);
	for (size_t i = 0; i < config->board_count; i++)
		bed.ports[i] = (struct bed_port){
			.board = &config->boards[i], .disk_ms = UINT64_MAX, .lock = -1};
	bed_sysfs_init(&bed);
	bed_withhold_start(&bed);
	tree_parents(bed.root, "ioctl/");
	bed.default_fd = bed_usbfs_listen(&bed, "/_default");
	bed.uevent_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bed.start_ms = util_now_ms();
	bed.busy_ms = bed.start_ms;
	for (size_t i = 0; i < config->board_count; i++)
		port_tick(&bed, &bed.ports[i], bed.start_ms);
	r = bed_start(&bed);
	if (r == 0) {
		bed_loop(&bed, ret);
		bed_judge(&bed, ret);
	}
	bed_clear(&bed);
	return r;
}

void bed_end_clear(struct bed_end *end)
{
	free(end->touched);
	free(end->verdict);
	end->touched = NULL;
	end->verdict = NULL;
}
