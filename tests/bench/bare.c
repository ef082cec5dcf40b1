/* SPDX-License-Identifier: Apache-2.0 */
/* Measures the least time that a host needs for a board. It uses only usbfs, serves files from
 * memory and keeps two transfers in flight. It checks nothing, so it is not for real boards.
 *
 *   bare NODE DIR BOOTCODE  serves the board at NODE, in either of its two stages
 *   bare -l -d DIR          serves each BCM2711, one after another, until it is killed
 *
 * The second form stands in for another program (PEER), and behaves like some of them: it needs the
 * bootcode in DIR itself, and stdout, unless it is a terminal, is buffered until the end. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE_BYTES  (256 * 1024)
#define PIECES	     2
#define BOOT_MESSAGE 24
#define FILE_MESSAGE 260
#define COMMAND_READ 1
#define COMMAND_DONE 2
#define FILES_MAX    32
#define LOOK_US	     200000
#define BUSES	     64
#define ADDRESSES    128

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

static void send_length(int fd, size_t size)
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
	send_length(fd, sizeof(message));
	send_bytes(fd, message, sizeof(message));
	send_length(fd, bootcode->size);
	send_bytes(fd, bootcode->bytes, bootcode->size);
	control_in(fd, status, sizeof(status));
}

static void serve_files(int fd, struct content *files, int count)
{
	char message[FILE_MESSAGE];

	while (control_in(fd, message, sizeof(message)) == FILE_MESSAGE &&
	       message[0] != COMMAND_DONE) {
		const struct content *file = find(files, count, message + 4);

		send_length(fd, file ? file->size : 0);
		if (file && message[0] == COMMAND_READ)
			send_bytes(fd, file->bytes, file->size);
	}
}

static void serve(const char *node, struct content *files, int count, const char *bootcode)
{
	uint8_t descriptor[18];
	unsigned int interface = 0;
	int fd = open(node, O_RDWR);

	must(fd >= 0 && read(fd, descriptor, sizeof(descriptor)) == sizeof(descriptor), node);
	must(ioctl(fd, USBDEVFS_CLAIMINTERFACE, &interface) == 0, "USBDEVFS_CLAIMINTERFACE");
	if (descriptor[16] == 0 || descriptor[16] == 3)
		serve_rom(fd, find(files, count, bootcode));
	else
		serve_files(fd, files, count);
	close(fd);
}

/* Reads a numeric attribute of a device from sysfs.
 * Returns: the number, -1 (the entry is not a device, or the device has left the bus). */
static long number_of(const char *device, const char *name, int base)
{
	char path[512], text[32] = "";
	FILE *file;
	long number = -1;

	snprintf(path, sizeof(path), "/sys/bus/usb/devices/%s/%s", device, name);
	file = fopen(path, "r");
	if (file && fgets(text, sizeof(text), file))
		number = strtol(text, NULL, base);
	if (file)
		fclose(file);
	return number;
}

/* Serves the device in a child process, because an error ends the process. */
static void serve_once(const char *device, struct content *files, int count,
		       char served[BUSES][ADDRESSES])
{
	long bus = number_of(device, "busnum", 10), address = number_of(device, "devnum", 10);
	char node[64];
	pid_t child;

	if (number_of(device, "idVendor", 16) != 0x0a5c ||
	    number_of(device, "idProduct", 16) != 0x2711 || bus < 0 || bus >= BUSES ||
	    address < 0 || address >= ADDRESSES || served[bus][address])
		return;
	served[bus][address] = 1;
	snprintf(node, sizeof(node), "/dev/bus/usb/%03ld/%03ld", bus, address);
	printf("a board at %s\n", node);
	child = fork();
	if (child == 0) {
		serve(node, files, count, "bootcode4.bin");
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void serve_all(const char *path)
{
	static char served[BUSES][ADDRESSES];
	struct content files[FILES_MAX];
	int count = load_all(path, files);

	must(find(files, count, "bootcode4.bin") != NULL, "bootcode4.bin");
	printf("Waiting for boards\n");
	for (;; usleep(LOOK_US)) {
		DIR *dir = opendir("/sys/bus/usb/devices");
		struct dirent *entry;

		must(dir != NULL, "/sys/bus/usb/devices");
		while ((entry = readdir(dir)))
			serve_once(entry->d_name, files, count, served);
		closedir(dir);
	}
}

int main(int argc, char **argv)
{
	struct content files[FILES_MAX];
	int count;

	must(argc == 4, "usage: bare NODE DIR BOOTCODE, or bare -l -d DIR");
	if (strcmp(argv[1], "-l") == 0)
		serve_all(argv[3]);
	count = load_all(argv[2], files);
	serve(argv[1], files, count, argv[3]);
	return 0;
}
