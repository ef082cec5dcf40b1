/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/serial.h"
#include "util/util.h"
#include "tests/test.h"

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
