/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the messages of the kernel log about USB devices that the kernel cannot enumerate.
 *
 * Each read() of /dev/kmsg returns one record, for example "6,1234,5678,-;usb 1-1.2: device
 * descriptor read/64, error -71\n SUBSYSTEM=usb\n". */
#include "usb.h"
#include "usb/kmsg.h"

#include "util/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define KMSG_RECORD_SIZE 2048
#define ERRNO_MAX	 4095 /* the largest errno of the kernel */
/* The maximum number of kernel messages that one call of usb_kmsg_next() reads, so that a flood of
 * messages does not delay the program. */
#define KMSG_READS_MAX 1000

/* Texts of the kernel's messages about USB devices that it cannot enumerate. The text "config index
 * 0 descriptor too short" is not in this array, because healthy boot ROMs cause it
 * (docs/protocol.md, section 1). */
static const char *const complaints[] = {
	"device descriptor read",
	"device not accepting address",
	"unable to enumerate USB device",
	"can't set config",
	"cannot reset",
	"cannot enable",
	"attempt power cycle",
	"device not responding",
	"unable to read config",
	"can't read configurations",
	"cannot disable",
};

int usb_kmsg_open(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) : -1;

	if (fd >= 0)
		lseek(fd, 0, SEEK_END); /* skip older messages */
	return fd;
}

/* Parses the name of a device or port at the start of a kernel message, such as "usb 1-1.2: ...",
 * "usb 1-1-port2: ..." or "usb usb1-port3: ...". Writes the port path of the device to ret.
 * Returns: the text after the colon, or NULL (the text does not start with such a name). */
static const char *parse_port(const char *text, char ret[USB_PORT_SIZE])
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0, used = 0;
	char separator = '-'; /* the next separator of BUS-PORT.PORT... */
	bool number = false;  /* the last character was a digit */
	const char *hub_port;

	if (length == 0 || length >= USB_PORT_SIZE)
		return NULL;
	if (strncmp(text, "usb", 3) == 0) {
		text += 3;
		length -= 3;
	}
	hub_port = memmem(text, length, "-port", 5);
	for (size_t i = 0; i < length; i++) {
		bool digit = isdigit((unsigned char)text[i]);

		if (digit) {
			ret[used++] = text[i];
		} else if (number && (text + i == hub_port || text[i] == separator)) {
			/* Convert the kernel's name of a USB hub's port, such as "1-1-port2", to
			 * the port path "1-1.2". */
			i += text + i == hub_port ? 4 : 0;
			ret[used++] = separator;
			separator = '.';
		} else {
			return NULL;
		}
		number = digit;
	}
	ret[used] = '\0';
	return number && separator == '.' ? colon + 1 : NULL;
}

bool usb_kmsg_parse(const char *record, char ret_port[USB_PORT_SIZE], int *ret_code)
{
	const char *text = strchr(record, ';'), *rest, *number;
	bool complaint = false;
	long code;

	if (!text || strncmp(text + 1, "usb ", 4) != 0)
		return false;
	rest = parse_port(text + 5, ret_port);
	for (size_t i = 0; rest && i < array_size(complaints); i++)
		complaint = complaint || strstr(rest, complaints[i]);
	if (!complaint)
		return false;
	number = strstr(rest, "error -");
	if (!number)
		number = strstr(rest, "err = -");
	code = number ? strtol(number + strlen("error -"), NULL, 10) : 0;
	*ret_code = code > 0 && code <= ERRNO_MAX ? (int)-code : 0;
	return true;
}

bool usb_kmsg_next(int fd, char ret_port[USB_PORT_SIZE], int *ret_code)
{
	char record[KMSG_RECORD_SIZE];

	for (int i = 0; fd >= 0 && i < KMSG_READS_MAX; i++) {
		ssize_t n = read(fd, record, sizeof(record) - 1);
		char *end;

		if (n == 0 || (n < 0 && errno != EPIPE && errno != EINTR && errno != EINVAL))
			return false;
		/* read() fails if the kernel has overwritten a record of its log, or if the record
		 * is too long for the buffer. Continue with the next record. */
		if (n < 0)
			continue;
		record[n] = '\0';
		end = strchr(record, '\n');
		if (end)
			*end = '\0';
		if (usb_kmsg_parse(record, ret_port, ret_code))
			return true;
	}
	return false;
}
