/* SPDX-License-Identifier: Apache-2.0 */
/* bare NODE FILE: what a file can be sent with at best. Serves one board that is in its second
 * stage already, over the kernel's usbfs alone: FILE, from memory, to whatever it asks for, with
 * two transfers in flight and nothing else to do. Not for use: it checks nothing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (256 * 1024)
#define PIECES	    2
#define MESSAGE	    260

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int control(int fd, uint8_t type, uint32_t length, void *data, uint16_t size)
{
	struct usbdevfs_ctrltransfer transfer = {
		.bRequestType = type,
		.wValue = (uint16_t)length,
		.wIndex = (uint16_t)(length >> 16),
		.wLength = size,
		.timeout = 20000,
		.data = data,
	};

	return ioctl(fd, USBDEVFS_CONTROL, &transfer);
}

static void send_file(int fd, uint8_t *file, size_t size)
{
	struct usbdevfs_urb urbs[PIECES], *done;
	size_t submitted = 0, reaped = 0;
	int in_flight = 0;

	while (reaped < size) {
		while (in_flight < PIECES && submitted < size) {
			struct usbdevfs_urb *urb = &urbs[(submitted / PIECE_BYTES) % PIECES];
			size_t n = size - submitted < PIECE_BYTES ? size - submitted : PIECE_BYTES;

			memset(urb, 0, sizeof(*urb));
			urb->type = USBDEVFS_URB_TYPE_BULK;
			urb->endpoint = 1;
			urb->buffer = file + submitted;
			urb->buffer_length = (int)n;
			must(ioctl(fd, USBDEVFS_SUBMITURB, urb) == 0, "USBDEVFS_SUBMITURB");
			submitted += n;
			in_flight++;
		}
		must(ioctl(fd, USBDEVFS_REAPURB, &done) == 0, "USBDEVFS_REAPURB");
		must(done->status == 0, "a bulk transfer");
		reaped += (size_t)done->actual_length;
		in_flight--;
	}
}

int main(int argc, char **argv)
{
	uint8_t message[MESSAGE], *file;
	unsigned int interface = 0;
	struct stat st;
	int fd, in;

	must(argc == 3, "usage: bare NODE FILE");
	fd = open(argv[1], O_RDWR);
	in = open(argv[2], O_RDONLY);
	must(fd >= 0 && in >= 0 && fstat(in, &st) == 0, argv[1]);
	file = malloc((size_t)st.st_size);
	must(file && read(in, file, (size_t)st.st_size) == st.st_size, argv[2]);
	must(ioctl(fd, USBDEVFS_CLAIMINTERFACE, &interface) == 0, "USBDEVFS_CLAIMINTERFACE");
	while (control(fd, 0xc0, MESSAGE, message, MESSAGE) == MESSAGE && message[0] != 2) {
		must(control(fd, 0x40, (uint32_t)st.st_size, NULL, 0) == 0, "the length");
		if (message[0] == 1)
			send_file(fd, file, (size_t)st.st_size);
	}
	return 0;
}
