/* SPDX-License-Identifier: Apache-2.0 */
/* Second stages with blocks at their end, and archives that contain one. */
#include "tests/fuzz/fuzz.h"

#include "eeprom/archive.h"
#include "eeprom/countersign.h"

#include <errno.h>

static void check_archive(const uint8_t *data, size_t size)
{
	static const char content[] = "content";
	unsigned char *first = NULL, *second = NULL;
	size_t first_size = 0, second_size = 0;
	struct error err = {0};
	int r = archive_replace(&first, &first_size, data, size, "a", content, sizeof(content),
				&err);

	if (r < 0) {
		fuzz_check_error(r, &err, -ENOENT, -EBADMSG);
		return;
	}
	/* A repeated change has no effect. */
	fuzz_check(archive_replace(&second, &second_size, first, first_size, "a", content,
				   sizeof(content), &err) == 0);
	fuzz_check(first_size == second_size && memcmp(first, second, first_size) == 0);
	fuzz_check(memmem(first, first_size, content, sizeof(content)));
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct countersign found;

	countersign_parse(&found, data, size);
	fuzz_check(found.customer.form != COUNTERSIGN_SHORT);
	if (found.customer.form)
		fuzz_check(found.customer.offset == size - COUNTERSIGN_BLOCK_SIZE);
	if (found.vendor.form)
		fuzz_check(found.vendor.offset < size);
	fuzz_check(found.customer.form || !found.customer_twice);
	check_archive(data, size);
	return 0;
}
