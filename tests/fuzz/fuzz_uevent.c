/* SPDX-License-Identifier: Apache-2.0 */
/* Uevents: the name of each detected device is a valid name in sysfs. */
#include "tests/fuzz/fuzz.h"

#include "usb/uevent.h"

#include <ctype.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Its terminating NUL is the byte after the received data. */
	char *message = fuzz_string(data, size);
	struct usb_uevent event;

	memset(&event, 0x7f, sizeof(event));
	if (usb_uevent_parse(message, size + 1, &event)) {
		fuzz_check(memchr(event.port, '\0', sizeof(event.port)));
		fuzz_check(isdigit((unsigned char)event.port[0]));
		fuzz_check(!strpbrk(event.port, "/:"));
	}
	free(message);
	return 0;
}
