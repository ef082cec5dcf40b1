/* SPDX-License-Identifier: Apache-2.0 */
/* Unmounts file systems in a helper process, because the sandbox forbids the main process to
 * unmount. */
#include "flash/unmount.h"

#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct unmount_helper {
	/* The helper process receives the requests of the main process on this socket. A request
	 * contains the path of a mounted file system, and a file descriptor for the reply. */
	int fd;
	pid_t pid;
	atomic_uint owners;
};

/* A buffer for the control message that passes a file descriptor over a socket. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int unmount(const char *path)
{
	return umount2(path, UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
}

/* Receives a request of the main process in the helper process: the path of a file system to
 * unmount.
 * Returns: the file descriptor to which the helper process writes the reply, or -1 (the main
 * process closed the socket). */
static int request_receive(int fd, char path[PATH_MAX])
{
	union control control;
	struct iovec iov = {.iov_base = path, .iov_len = PATH_MAX - 1};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *head;
	ssize_t n;
	int reply;

	do
		n = recvmsg(fd, &message, 0);
	while (n < 0 && errno == EINTR);
	head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&reply, CMSG_DATA(head), sizeof(reply));
	path[n] = '\0';
	return reply;
}

/* Runs in the helper process: handles requests to unmount file systems. Each request gets its own
 * child process, so that a disk that does not respond delays no other disk. */
static void unmount_helper_run(int fd)
{
	char path[PATH_MAX];
	int reply;

	/* A signal from the terminal, such as Ctrl-C, also reaches the helper process. It ignores
	 * the signal, because it must unmount file systems until the main process ends. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	while ((reply = request_receive(fd, path)) >= 0) {
		if (fork() == 0) {
			int r = unmount(path);

			(void)!write(reply, &r, sizeof(r));
			_exit(0);
		}
		close(reply);
	}
}

int unmount_helper_new(struct unmount_helper **ret, struct error *err)
{
	struct unmount_helper *helper = calloc(1, sizeof(*helper));
	int pair[2];

	if (!helper)
		return error_set(err, -ENOMEM, "out of memory");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		free(helper);
		return error_set(err, -errno,
				 "cannot create a socket for the process that unmounts disks: %s",
				 strerror(errno));
	}
	helper->fd = pair[0];
	atomic_init(&helper->owners, 1);
	helper->pid = fork();
	if (helper->pid == 0) {
		close(pair[0]);
		/* Close standard input, output and error. Otherwise a program that reads the output
		 * of rpiboot would also wait for the end of the helper process. */
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			close(fd);
		unmount_helper_run(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	if (helper->pid < 0) {
		int code = errno;

		close(helper->fd);
		free(helper);
		return error_set(err, -code, "cannot start the process that unmounts disks: %s",
				 strerror(code));
	}
	*ret = helper;
	return 0;
}

struct unmount_helper *unmount_helper_hold(struct unmount_helper *helper)
{
	if (helper)
		atomic_fetch_add(&helper->owners, 1);
	return helper;
}

struct unmount_helper *unmount_helper_free(struct unmount_helper *helper)
{
	if (!helper || atomic_fetch_sub(&helper->owners, 1) > 1)
		return NULL;
	close(helper->fd);
	waitpid(helper->pid, NULL, 0);
	free(helper);
	return NULL;
}

static int request_send(int fd, const char *path, int reply)
{
	union control control = {0};
	struct iovec iov = {.iov_base = (char *)(uintptr_t)path, .iov_len = strlen(path)};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(reply));
	memcpy(CMSG_DATA(head), &reply, sizeof(reply));
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int unmount_helper_unmount(struct unmount_helper *helper, const char *path)
{
	int pair[2], answer = -EIO, r;
	ssize_t n;

	if (!helper)
		return unmount(path);
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	r = request_send(helper->fd, path, pair[1]);
	close(pair[1]);
	if (r == 0) {
		n = util_read(pair[0], &answer, sizeof(answer));
		r = n == sizeof(answer) ? answer : -EIO;
	}
	close(pair[0]);
	return r;
}
