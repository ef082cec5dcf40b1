/* SPDX-License-Identifier: Apache-2.0 */
/* What LeakSanitizer is not to report at the kernel level; all else is checked without this. Where
 * a device comes just while libusb_exit() is at work, libusb's own thread adds it to a list that is
 * not looked at any more; only there do devices come by themselves. Not a file that LSAN_OPTIONS
 * names: that would be read when a leak is found, and then the program may not open it any more. */
/* NOLINTBEGIN(bugprone-reserved-identifier): the sanitizer's name */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libusb-1.0.so\n";
}
/* NOLINTEND(bugprone-reserved-identifier) */
