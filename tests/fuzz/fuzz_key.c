/* SPDX-License-Identifier: Apache-2.0 */
/* Key files: PEM texts and pubkey.bin. A key that opens has the same public part in all forms. */
#include "tests/fuzz/fuzz.h"

#include "eeprom/key.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct key_access access = {.passin = "pass:x"};
	unsigned char bytes[KEY_PUBLIC_SIZE], again[KEY_PUBLIC_SIZE];
	struct key *key = NULL, *copy = NULL;
	struct error err = {0};
	char path[64], *pem = NULL;
	int fd = fuzz_file(data, size, path), r = key_open(&key, path, &access, &err);

	close(fd);
	if (r < 0) {
		fuzz_check_error(r, &err, -EINVAL, -EACCES);
		return 0;
	}
	key_public_bytes(key, bytes);
	fuzz_check(key_from_public_bytes(&copy, bytes, "copy", &err) == 0);
	key_public_bytes(copy, again);
	fuzz_check(memcmp(bytes, again, sizeof(bytes)) == 0 && !key_is_private(copy));
	fuzz_check(key_public_pem(key, &pem, &err) == 0);
	free(pem);
	key_free(copy);
	key_free(key);
	return 0;
}
