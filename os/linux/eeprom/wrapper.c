/* SPDX-License-Identifier: Apache-2.0 */
/* Signs data with a program that the user selects. A helper process outside of rpiboot's sandbox
 * writes the data to a temporary file, runs the program and returns the signature. */
#include "eeprom/wrapper.h"

#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define DIGITS (2 * KEY_SIGNATURE_SIZE)
/* The size of a buffer for the output of a signing program: the digits of a signature, a line end
 * and a NUL. Longer output is not a signature. */
#define OUTPUT_SIZE	 (DIGITS + 16)
#define STATUS_NOT_FOUND 127 /* a shell uses the same exit status */

struct wrapper {
	const char *program;
	unsigned int timeout_s;
	int fd; /* a socket to the helper process */
	pid_t pid;
};

struct reply {
	int code; /* 0, or -Exxx */
	char text[ERROR_TEXT_SIZE];
	unsigned char signature[KEY_SIGNATURE_SIZE];
};

/* Reads exactly `size` bytes from a socket.
 * Returns: true, or false (the other end was closed, or an error occurred). */
static bool read_all(int fd, void *data, size_t size)
{
	return util_read(fd, data, size) == (ssize_t)size;
}

/* Writes all bytes to a socket or a file. A closed socket causes no SIGPIPE.
 * Returns: true, or false after an error. */
static bool write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = send(fd, at, size, MSG_NOSIGNAL);

		if (n < 0 && errno == ENOTSOCK)
			n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* Runs in a child of the helper process: executes the user's signing program. */
static void program_exec(const struct wrapper *wrapper, const char *path, int output)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGALRM, SIGXFSZ};

	for (size_t i = 0; i < array_size(signals); i++)
		signal(signals[i], SIG_DFL);
	if (dup2(output, STDOUT_FILENO) == STDOUT_FILENO)
		execlp(wrapper->program, wrapper->program, "-a", "rsa2048-sha256", path,
		       (char *)NULL);
	_exit(STATUS_NOT_FOUND);
}

/* Runs in the helper process: reads the output of the user's signing program. The function stops
 * when the output ends or is too long for a signature, when a timer expires, or when rpiboot's main
 * process ends.
 * Returns: the number of bytes, or -1. */
static ssize_t output_read(int fd, int socket, char output[OUTPUT_SIZE])
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = socket}};
	size_t used = 0;
	ssize_t n;

	do {
		if (poll(fds, array_size(fds), -1) < 0 || fds[1].revents)
			return -1;
		n = read(fd, output + used, OUTPUT_SIZE - used);
		if (n < 0)
			return -1;
		used += (size_t)n;
	} while (n > 0 && used < OUTPUT_SIZE);
	return (ssize_t)used;
}

static int output_too_long(const char *program, int code, struct error *err)
{
	return error_set(err, code, "%s printed more than a signature; it must print nothing else",
			 program);
}

/* Converts a signature, which the user's signing program printed as hex digits, to bytes. */
static int output_parse(const char *program, char *output, size_t size, struct reply *reply,
			struct error *err)
{
	if (size == OUTPUT_SIZE)
		return output_too_long(program, -EIO, err);
	output[size] = '\0';
	while (size > 0 && isspace((unsigned char)output[size - 1]))
		output[--size] = '\0';
	if (size == 0)
		return error_set(err, -EIO, "%s printed no signature", program);
	if (!text_hex(output, reply->signature, KEY_SIGNATURE_SIZE))
		return error_set(err, -EIO, "%s did not print a signature of %d hex digits",
				 program, DIGITS);
	return 0;
}

static int program_end(const struct wrapper *wrapper, pid_t pid, bool late, struct error *err)
{
	int status = 0;

	if (late)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set(err, -EIO, "cannot get the exit status of %s: %s",
					 wrapper->program, strerror(errno));
		late = true;
		kill(pid, SIGKILL);
	}
	if (late)
		return error_set(err, -EIO, "%s did not sign within %u s", wrapper->program,
				 wrapper->timeout_s);
	if (WIFSIGNALED(status))
		return error_set(err, -EIO, "%s was ended by signal %d", wrapper->program,
				 WTERMSIG(status));
	if (WEXITSTATUS(status) == STATUS_NOT_FOUND)
		return error_set(
			err, -EIO,
			"%s cannot be started; check its path and its permissions (exit status %d)",
			wrapper->program, STATUS_NOT_FOUND);
	if (WEXITSTATUS(status))
		return error_set(err, -EIO, "%s failed with exit status %d", wrapper->program,
				 WEXITSTATUS(status));
	return 0;
}

static int program_run(const struct wrapper *wrapper, int socket, const char *path,
		       struct reply *reply, struct error *err)
{
	char output[OUTPUT_SIZE];
	int pipe_fds[2], r, code;
	ssize_t size;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot create a pipe for %s: %s", wrapper->program,
				 strerror(errno));
	pid = fork();
	code = errno;
	if (pid == 0)
		program_exec(wrapper, path, pipe_fds[1]);
	close(pipe_fds[1]);
	alarm(wrapper->timeout_s);
	size = output_read(pipe_fds[0], socket, output);
	close(pipe_fds[0]);
	r = pid < 0 ? error_set(err, -code, "cannot start a process for %s: %s", wrapper->program,
				strerror(code))
		    : program_end(wrapper, pid, size < 0, err);
	alarm(0);
	/* If the output of the user's signing program is too long, report this as the cause of its
	 * failure. The program may have failed because this process closed the pipe. */
	if (r < 0 && size == OUTPUT_SIZE)
		output_too_long(wrapper->program, r, err);
	return r < 0 ? r : output_parse(wrapper->program, output, (size_t)size, reply, err);
}

/* The helper process receives the data to be signed from the main process, and writes the data to a
 * temporary file.
 * Returns: 1, 0 (the main process ended), or -Exxx. */
static int data_receive(int socket, int fd)
{
	char buf[16384];
	uint64_t size;
	int r = fd < 0 ? -errno : 1;

	if (!read_all(socket, &size, sizeof(size)))
		return 0;
	while (size) {
		size_t part = size < sizeof(buf) ? (size_t)size : sizeof(buf);

		if (!read_all(socket, buf, part))
			return 0;
		if (r > 0 && !write_all(fd, buf, part))
			r = -errno;
		size -= part;
	}
	return r;
}

/* Runs in the helper process: receives one signing request from rpiboot's main process and sends
 * the reply, which contains a signature or an error.
 * Returns: true, or false (the main process ended). */
static bool helper_step(const struct wrapper *wrapper, int socket)
{
	const char *dir = getenv("TMPDIR");
	struct reply reply = {0};
	struct error err = {0};
	char path[PATH_MAX];
	int fd, r;

	snprintf(path, sizeof(path), "%s/rpiboot-sign-XXXXXX", dir && dir[0] ? dir : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	r = data_receive(socket, fd);
	if (fd >= 0)
		close(fd);
	if (r < 0)
		r = error_set(&err, r, "cannot write the temporary file %s: %s", path,
			      strerror(-r));
	else if (r > 0)
		r = program_run(wrapper, socket, path, &reply, &err);
	else
		r = -EPIPE;
	if (fd >= 0)
		unlink(path);
	reply.code = r;
	memcpy(reply.text, err.text, sizeof(reply.text));
	return r != -EPIPE && write_all(socket, &reply, sizeof(reply));
}

/* Handles the signal of the timer, which ends the wait for the user's signing program. A signal
 * that arrives just before the wait begins does not end it, so start the timer again. */
static void on_timer(int signal_number)
{
	(void)signal_number;
	alarm(1);
}

static void helper_run(const struct wrapper *wrapper, int socket)
{
	const struct sigaction action = {.sa_handler = on_timer};

	/* A signal from the terminal, such as Ctrl-C, ends the main process. The helper process
	 * ignores it, because it must still remove its temporary file. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigaction(SIGALRM, &action, NULL);
	while (helper_step(wrapper, socket))
		;
}

int wrapper_new(struct wrapper **ret, const char *program, unsigned int timeout_s,
		struct error *err)
{
	struct wrapper *wrapper;
	int pair[2];

	if (strchr(program, '/') && access(program, X_OK) < 0)
		return error_set(err, -errno, "cannot run %s: %s", program, strerror(errno));
	wrapper = calloc(1, sizeof(*wrapper));
	if (!wrapper)
		return error_set(err, -ENOMEM, "out of memory");
	wrapper->program = program;
	wrapper->timeout_s = timeout_s;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		free(wrapper);
		return error_set(err, -errno, "cannot create a socket for %s: %s", program,
				 strerror(errno));
	}
	wrapper->fd = pair[0];
	wrapper->pid = fork();
	if (wrapper->pid == 0) {
		close(pair[0]);
		helper_run(wrapper, pair[1]);
		_exit(0);
	}
	close(pair[1]);
	if (wrapper->pid < 0) {
		wrapper_free(wrapper);
		return error_set(err, -EAGAIN, "cannot start a process for %s", program);
	}
	*ret = wrapper;
	return 0;
}

struct wrapper *wrapper_free(struct wrapper *wrapper)
{
	if (!wrapper)
		return NULL;
	close(wrapper->fd);
	if (wrapper->pid > 0)
		waitpid(wrapper->pid, NULL, 0);
	free(wrapper);
	return NULL;
}

/* Waits until the helper process has sent its reply.
 * Returns: true, or false (a signal such as SIGINT arrived first). */
static bool reply_wait(const struct wrapper *wrapper)
{
	struct pollfd fds[] = {{.fd = wrapper->fd, .events = POLLIN}, {.events = POLLIN}};
	cleanup_fd int signals_fd = -1;
	sigset_t set;

	/* A postponed SIGHUP, SIGINT or SIGTERM (util/signals.h) ends the wait for the helper
	 * process. */
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	signals_fd = fds[1].fd = signalfd(-1, &set, SFD_CLOEXEC);
	while (poll(fds, array_size(fds), -1) < 0 && errno == EINTR)
		;
	return !fds[1].revents;
}

int wrapper_sign(struct wrapper *wrapper, const void *data, size_t size,
		 unsigned char ret_signature[KEY_SIGNATURE_SIZE], struct error *err)
{
	uint64_t count = size;
	struct reply reply;

	if (!write_all(wrapper->fd, &count, sizeof(count)) || !write_all(wrapper->fd, data, size))
		return error_set(err, -EIO, "the process that runs %s ended unexpectedly",
				 wrapper->program);
	if (!reply_wait(wrapper))
		return error_set(err, -EINTR, "interrupted while %s signed", wrapper->program);
	if (!read_all(wrapper->fd, &reply, sizeof(reply)))
		return error_set(err, -EIO, "the process that runs %s ended unexpectedly",
				 wrapper->program);
	reply.text[sizeof(reply.text) - 1] = '\0';
	if (reply.code < 0)
		return error_set(err, reply.code, "%s", reply.text);
	memcpy(ret_signature, reply.signature, KEY_SIGNATURE_SIZE);
	return 0;
}
