/* SPDX-License-Identifier: Apache-2.0 */
/* Suppressions of LeakSanitizer for the kernel level. When a device arrives during libusb_exit(),
 * the event thread of libusb adds the device to a list that libusb_exit() does not free. Only at
 * the kernel level can a device arrive at that time. The suppressions cannot be in a file of
 * LSAN_OPTIONS: the sanitizer reads such a file when it finds a leak, and the sandbox then blocks
 * the file. */
/* NOLINTBEGIN(bugprone-reserved-identifier): the sanitizer's name */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libusb-1.0.so\n";
}
/* NOLINTEND(bugprone-reserved-identifier) */
