/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the kernel's log: each reported port has the form of a port. */
#include "tests/fuzz/fuzz.h"

#include "usb/kmsg.h"

#include <ctype.h>

/* "BUS-PORT.PORT..." with numbers everywhere. */
static bool is_port(const char *port)
{
	char separator = '-';

	for (;; port++) {
		if (!isdigit((unsigned char)*port))
			return false;
		while (isdigit((unsigned char)*port))
			port++;
		if (*port == '\0')
			return separator == '.';
		if (*port != separator)
			return false;
		separator = '.';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *record = fuzz_string(data, size);
	char port[USB_PORT_SIZE + 1];
	int code = 1;

	memset(port, 0x7f, sizeof(port));
	if (usb_kmsg_parse(record, port, &code)) {
		fuzz_check(memchr(port, '\0', USB_PORT_SIZE));
		fuzz_check(is_port(port));
		fuzz_check(code <= 0 && code >= -4095); /* in the range of the kernel */
		fuzz_check(strstr(record, ";usb "));
	} else {
		fuzz_check(code == 1);
	}
	fuzz_check(port[USB_PORT_SIZE] == 0x7f);
	free(record);
	return 0;
}
