/* SPDX-License-Identifier: Apache-2.0 */
/* bare NODE DIR BOOTCODE: how little a host can need for a board. Serves the board at NODE, in
 * whichever of its two stages it is, over the kernel's usbfs alone: the files of DIR, from memory,
 * with two transfers in flight and nothing else to do. Not for use: it checks nothing. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES  (256 * 1024)
#define PIECES	     2
#define BOOT_MESSAGE 24
#define FILE_MESSAGE 260
#define COMMAND_READ 1
#define COMMAND_DONE 2
#define FILES_MAX    32

struct content {
	char *name;
	uint8_t *bytes;
	size_t size;
};

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int control(int fd, uint8_t type, size_t length, void *data, uint16_t size)
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

static int control_in(int fd, void *data, uint16_t size)
{
	return control(fd, 0xc0, size, data, size);
}

static void tell_length(int fd, size_t size)
{
	must(control(fd, 0x40, size, NULL, 0) == 0, "the length");
}

static void send_bytes(int fd, uint8_t *bytes, size_t size)
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
			urb->buffer = bytes + submitted;
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

static int load(const char *path, struct content *ret)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	must(fd >= 0 && fstat(fd, &st) == 0, path);
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return 0;
	}
	ret->size = (size_t)st.st_size;
	ret->bytes = malloc(ret->size + 1);
	must(ret->bytes && read(fd, ret->bytes, ret->size) == st.st_size, path);
	close(fd);
	return 1;
}

static int load_all(const char *path, struct content files[FILES_MAX])
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int count = 0;

	must(dir != NULL && chdir(path) == 0, path);
	while ((entry = readdir(dir)) && count < FILES_MAX)
		if (load(entry->d_name, &files[count]))
			files[count++].name = strdup(entry->d_name);
	closedir(dir);
	return count;
}

static struct content *find(struct content *files, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

static void serve_rom(int fd, const struct content *bootcode)
{
	uint8_t message[BOOT_MESSAGE] = {0}, status[4];

	for (int i = 0; i < 4; i++)
		message[i] = (uint8_t)(bootcode->size >> (8 * i));
	tell_length(fd, sizeof(message));
	send_bytes(fd, message, sizeof(message));
	tell_length(fd, bootcode->size);
	send_bytes(fd, bootcode->bytes, bootcode->size);
	control_in(fd, status, sizeof(status));
}

static void serve_files(int fd, struct content *files, int count)
{
	char message[FILE_MESSAGE];

	while (control_in(fd, message, sizeof(message)) == FILE_MESSAGE &&
	       message[0] != COMMAND_DONE) {
		const struct content *file = find(files, count, message + 4);

		tell_length(fd, file ? file->size : 0);
		if (file && message[0] == COMMAND_READ)
			send_bytes(fd, file->bytes, file->size);
	}
}

int main(int argc, char **argv)
{
	struct content files[FILES_MAX];
	uint8_t descriptor[18];
	unsigned int interface = 0;
	int fd, count;

	must(argc == 4, "usage: bare NODE DIR BOOTCODE");
	fd = open(argv[1], O_RDWR);
	must(fd >= 0 && read(fd, descriptor, sizeof(descriptor)) == sizeof(descriptor), argv[1]);
	count = load_all(argv[2], files);
	must(ioctl(fd, USBDEVFS_CLAIMINTERFACE, &interface) == 0, "USBDEVFS_CLAIMINTERFACE");
	if (descriptor[16] == 0 || descriptor[16] == 3)
		serve_rom(fd, find(files, count, argv[3]));
	else
		serve_files(fd, files, count);
	return 0;
}
