/* SPDX-License-Identifier: Apache-2.0 */
/* How the budget for buffers is shared by many boards; transfers are tested with the real libusb,
 * in binary_scenarios.c. */
#include "../usb_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BOARDS_MAX 200
#define LARGE	   (64u << 20)
#define USBFS	   (16u << 20) /* what the kernel grants, with 2 * 4 KiB for each of them */

static void test_budget(void **state)
{
	size_t used = 0, before = SIZE_MAX;

	(void)state;
	for (int i = 0; i < BOARDS_MAX; i++) {
		size_t bytes = usb_piece_bytes(used, LARGE, USB_SPEED_HIGH);

		assert_in_range(bytes, 4096, 512 * 1024);
		assert_int_equal(bytes % 4096, 0);
		assert_true(bytes <= before); /* who came first has more, if anybody */
		before = bytes;
		used += CONN_PIECES * bytes;
	}
	assert_true(used <= USBFS);
	assert_int_equal(usb_piece_bytes(SIZE_MAX / 2, LARGE, USB_SPEED_HIGH), 4096);
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(usb_piece_bytes(0, LARGE, USB_SPEED_HIGH), 512 * 1024);
	assert_int_equal(usb_piece_bytes(0, LARGE, USB_SPEED_FULL), 64 * 1024);
	assert_int_equal(usb_piece_bytes(0, 1, USB_SPEED_HIGH), 4096);
	assert_int_equal(usb_piece_bytes(0, 4097, USB_SPEED_HIGH), 8192);
	assert_int_equal(usb_piece_bytes(0, 65536, USB_SPEED_HIGH), 65536);
	assert_int_equal(usb_piece_bytes(0, 65537, USB_SPEED_HIGH), 36864); /* half of it */
	assert_int_equal(usb_piece_bytes(0, 0, USB_SPEED_HIGH), 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
