/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the device node of a USB device in /dev, and explains why it cannot be opened. */
#include "usb/internal.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* The size of a buffer for a line of /etc/passwd or /etc/group. */
#define NAMES_BYTES 1024

void usb_node_name(const struct usb_id *id, char *ret, size_t size)
{
	snprintf(ret, size, "/dev/bus/usb/%03d/%03d", id->bus, id->address);
}

/* Writes the error message for a device node that this process may not open. The message shows the
 * mode and the owner of the node. If mode and owner permit the access, the message names other
 * possible causes. */
static void node_denied(const char *node, struct error *err)
{
	char user_line[NAMES_BYTES], group_line[NAMES_BYTES];
	struct passwd user, *owner = NULL;
	struct group names, *group = NULL;
	struct stat st;

	if (stat(node, &st) < 0) {
		error_set(err, -EACCES, "permission denied for %s; run rpiboot with sudo", node);
		return;
	}
	if (access(node, R_OK | W_OK) == 0) {
		error_set(
			err, -EACCES,
			"permission denied for %s, although its mode permits access: /dev/bus/usb "
			"was created again after rpiboot started, and the sandbox blocks it, or a "
			"security module (SELinux, AppArmor) forbids it; restart rpiboot, and if "
			"this does not help, look for a denial in the log of the security module",
			node);
		return;
	}
	getpwuid_r(st.st_uid, &user, user_line, sizeof(user_line), &owner);
	getgrgid_r(st.st_gid, &names, group_line, sizeof(group_line), &group);
	error_set(err, -EACCES,
		  "permission denied for %s (mode %04o, owner %s:%s); run rpiboot with sudo, or "
		  "install the rule that 'rpiboot --print-udev-rules' prints",
		  node, st.st_mode & 07777, owner ? owner->pw_name : "?",
		  group ? group->gr_name : "?");
}

void usb_node_refused(const char *node, int code, const char *doing, struct error *err)
{
	struct rlimit files = {0};

	switch (-code) {
	case EACCES:
		node_denied(node, err);
		return;
	case EPERM:
		error_set(err, code,
			  "the device rules of this container or service forbid %s; start the "
			  "container with --device-cgroup-rule='c 189:* rmw', or the service with "
			  "DeviceAllow=char-usb_device rw",
			  node);
		return;
	case ENOENT:
		error_set(err, code,
			  "the board is on the bus, but its device file %s does not exist; a "
			  "container needs /dev/bus/usb of the host (docker: -v "
			  "/dev/bus/usb:/dev/bus/usb)",
			  node);
		return;
	case EMFILE:
		getrlimit(RLIMIT_NOFILE, &files);
		error_set(err, code,
			  "cannot %s %s: the process has reached its limit of %ju open files; "
			  "raise it (ulimit -n, or LimitNOFILE= of a service)",
			  doing, node, (uintmax_t)files.rlim_cur);
		return;
	case ENFILE:
		error_set(err, code,
			  "cannot %s %s: the system has reached its limit of open files; raise "
			  "/proc/sys/fs/file-max",
			  doing, node);
		return;
	case EBUSY:
		error_set(err, code, "cannot %s %s: another program or driver is using the board",
			  doing, node);
		return;
	}
	error_set(err, code, "cannot %s %s: %s", doing, node, strerror(-code));
}

int usb_node_reason(const char *node, const struct usb_id *id, int code)
{
	cleanup_fd int fd = code == -EACCES ? -1 : open(node, O_RDWR | O_CLOEXEC);
	struct usb_id now;

	if (code == -EACCES || fd >= 0)
		return code;
	if (errno != ENOENT)
		return -errno;
	return usb_sysfs_id(id->port, &now) && now.address == id->address ? -ENOENT : -ENODEV;
}

int usb_node_open(libusb_context *ctx, const char *node, libusb_device_handle **ret, int *ret_fd)
{
	int r;

	*ret_fd = open(node, O_RDWR | O_CLOEXEC);
	if (*ret_fd < 0)
		/* Return the error of open(), although it does not state the precise cause. If a
		 * message is printed, usb_node_reason() finds the cause for it. */
		return errno == ENOENT ? -ENODEV : -errno;
	r = libusb_wrap_sys_device(ctx, *ret_fd, ret);
	return r < 0 ? usb_errno(r) : 0;
}
