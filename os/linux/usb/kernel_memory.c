/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether the buffers of USB transfers can be memory of the kernel, and allocates this
 * memory. */
#include "usb/internal.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/utsname.h>

bool usb_buffers_by_kernel(void)
{
	int major = 0, minor = 0;
	struct utsname name;

	return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 10));
}

uint8_t *usb_buffer_by_kernel(struct usb_conn *conn, size_t bytes)
{
	uint8_t *buffer = libusb_dev_mem_alloc(conn->handle, bytes);

	/* The kernel provides the buffer for a real USB device, and madvise() fails for such a
	 * buffer. If madvise() succeeds, a regular file emulates the device node, and the buffer is
	 * a mapping of this file. Free the buffer in this case. */
	if (buffer && madvise(buffer, bytes, MADV_DONTNEED) == 0) {
		libusb_dev_mem_free(conn->handle, buffer, bytes);
		return NULL;
	}
	return buffer;
}
