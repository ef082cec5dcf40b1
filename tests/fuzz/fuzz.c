/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

size_t fuzz_take(struct fuzz_bytes *bytes, void *ret, size_t size)
{
	size_t taken = size < bytes->left ? size : bytes->left;

	memset(ret, 0, size);
	if (taken)
		memcpy(ret, bytes->next, taken);
	bytes->next += taken;
	bytes->left -= taken;
	return taken;
}

uint8_t fuzz_u8(struct fuzz_bytes *bytes)
{
	uint8_t byte;

	fuzz_take(bytes, &byte, 1);
	return byte;
}

uint32_t fuzz_u32(struct fuzz_bytes *bytes)
{
	uint8_t b[4];

	fuzz_take(bytes, b, sizeof(b));
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

char *fuzz_string(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_check(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

int fuzz_file(const uint8_t *data, size_t size, char ret_path[64])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	fuzz_check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(ret_path, 64, "/proc/self/fd/%d", fd);
	return fd;
}
