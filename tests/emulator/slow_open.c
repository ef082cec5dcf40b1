/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: opening the first board on the mock host (after two hubs) is slow, as if the
 * device did not answer libusb's request for its configuration. The open prints a line when it
 * begins. It ends when another board has its result, or after SLOW_MS. */
#include <dlfcn.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOW_MS	    20000
#define CHECK_MS    20
#define SLOW_NUMBER 3
#define SLOW_NODE   "/003"

struct libusb_context;
struct libusb_device;
struct libusb_device_handle;
uint8_t libusb_get_device_address(struct libusb_device *device);
int libusb_open(struct libusb_device *device, struct libusb_device_handle **handle);
int libusb_wrap_sys_device(struct libusb_context *ctx, intptr_t fd,
			   struct libusb_device_handle **handle);

static void wait_for_result(void)
{
	char output[16384];
	ssize_t n;

	dprintf(STDERR_FILENO, "slow_open: the open has begun\n");
	for (int ms = 0; ms < SLOW_MS; ms += CHECK_MS) {
		n = pread(STDOUT_FILENO, output, sizeof(output) - 1, 0);
		output[n > 0 ? n : 0] = '\0';
		if (strstr(output, "\"event\":\"result\""))
			return;
		poll(NULL, 0, CHECK_MS);
	}
}

int libusb_open(struct libusb_device *device, struct libusb_device_handle **handle)
{
	int (*open)(struct libusb_device *, struct libusb_device_handle **) =
		(int (*)(struct libusb_device *, struct libusb_device_handle **))dlsym(RTLD_NEXT,
										       __func__);

	if (libusb_get_device_address(device) == SLOW_NUMBER)
		wait_for_result();
	return open(device, handle);
}

int libusb_wrap_sys_device(struct libusb_context *ctx, intptr_t fd,
			   struct libusb_device_handle **handle)
{
	int (*wrap)(struct libusb_context *, intptr_t, struct libusb_device_handle **) =
		(int (*)(struct libusb_context *, intptr_t, struct libusb_device_handle **))dlsym(
			RTLD_NEXT, __func__);
	char link[64], node[512] = "";
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", (int)fd);
	n = readlink(link, node, sizeof(node) - 1);
	if (n >= 4 && strcmp(node + n - 4, SLOW_NODE) == 0)
		wait_for_result();
	return wrap(ctx, fd, handle);
}
