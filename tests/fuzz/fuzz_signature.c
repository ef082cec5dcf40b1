/* SPDX-License-Identifier: Apache-2.0 */
/* .sig files: a file that is read and written again has the same content. */
#include "tests/fuzz/fuzz.h"

#include "eeprom/signature.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = fuzz_string(data, size);
	struct signature signature = {0}, again = {0};
	char text[SIGNATURE_TEXT_SIZE];
	struct error err = {0};
	int r = signature_parse(&signature, copy, size, &err);
	size_t length;

	free(copy);
	if (r < 0) {
		fuzz_check_error(r, &err, -EBADMSG);
		return 0;
	}
	length = signature_format(&signature, text);
	fuzz_check(length == strlen(text) && length < sizeof(text));
	fuzz_check(signature_parse(&again, text, length, &err) == 0);
	fuzz_check(memcmp(signature.hash, again.hash, sizeof(again.hash)) == 0);
	fuzz_check(signature.has_time == again.has_time &&
		   signature.target_soc == again.target_soc);
	fuzz_check(signature.time_seconds == again.time_seconds);
	fuzz_check(signature.is_signed == again.is_signed);
	fuzz_check(memcmp(signature.rsa2048, again.rsa2048, sizeof(again.rsa2048)) == 0);
	return 0;
}
