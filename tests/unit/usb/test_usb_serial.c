/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/serial.h"
#include "util/util.h"
#include "tests/test.h"

/* A text that is not the serial number of a board proves nothing. */
TEST(only_serial_numbers_of_boards_differ)
{
	static const struct {
		const char *a, *b;
		bool differ;
	} rows[] = {
		{"abcdef01", "abcdef02", true},
		{"abcdef01", "10000000abcdef02", true},
		{"abcdef01", "10000000ABCDEF01", false},
		{"00000000abcdef01", "10000000abcdef01", true},
		{"abcdef01", "abcdef0", false},
		{"abcdef01", "0123456789", false},
		{"abcdef01", "Broadcom", false},
		{"abcdef01", "", false},
		{"", "", false},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		assert_int_equal(usb_serial_differs(rows[i].a, rows[i].b), rows[i].differ);
		assert_int_equal(usb_serial_differs(rows[i].b, rows[i].a), rows[i].differ);
	}
}

TEST(serial_numbers_match_by_their_end)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"abcdef01", "abcdef01", true},
		{"ABCDEF01", "abcdef01", true},
		{"10000000abcdef01", "abcdef01", true},
		{"10000000ABCDEF01", "abcdef01", true},
		{"00000000abcdef01", "10000000abcdef01", false}, /* both are complete */
		{"10000000abcdef01", "10000000ABCDEF01", true},
		{"10000000abcdef01", "10000000", false}, /* not the high half */
		{"10000000abcdef01", "bcdef01", false},
		{"0000000abcdef01", "abcdef01", false},
		{"x0000000abcdef01", "abcdef01", false},
		{"10000000abcdefgh", "abcdefgh", false},
		{"abcdef01", "abcdef02", false},
		{"Broadcom", "broadcom", true},
		{"abcdef01", "", false},
		{"10000000abcdef01", "", false},
		{"", "", true},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		assert_int_equal(usb_serial_matches(rows[i].a, rows[i].b), rows[i].same);
		assert_int_equal(usb_serial_matches(rows[i].b, rows[i].a), rows[i].same);
	}
}
