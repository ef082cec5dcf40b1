/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/eeprom/crafted.h"

#include "util/bytes.h"
#include "eeprom/image.h"
#include "tests/test.h"
#include "util/error.h"

#include <stdlib.h>
#include <string.h>

struct crafted crafted_new(size_t size)
{
	struct crafted crafted = {malloc(size), size, 0};

	memset(crafted.bytes, 0xff, size);
	return crafted;
}

size_t crafted_header(struct crafted *crafted, uint32_t magic, uint32_t length)
{
	size_t at = crafted->at;

	bytes_put_be32(crafted->bytes + at, magic);
	bytes_put_be32(crafted->bytes + at + 4, length);
	crafted->at = (at + 8 + length + 7) & ~(size_t)7;
	return at;
}

size_t crafted_add(struct crafted *crafted, uint32_t magic, const char *name, size_t bytes,
		   int fill)
{
	size_t own = name[0] ? 16 : 0;
	size_t at = crafted_header(crafted, magic, (uint32_t)(own + bytes));

	if (own) {
		memset(crafted->bytes + at + 8, 0, own);
		memcpy(crafted->bytes + at + 8, name, strlen(name) < 12 ? strlen(name) : 12);
	}
	memset(crafted->bytes + at + 8 + own, fill, bytes);
	return at;
}

void crafted_pad(struct crafted *crafted, size_t to)
{
	crafted_add(crafted, CRAFTED_PADDING, "", to - crafted->at - 8, 0xff);
}

struct eeprom_image *crafted_parse(struct crafted *crafted)
{
	struct eeprom_image *image = NULL;
	struct error err = {0};

	if (eeprom_image_new(&image, crafted->bytes, crafted->size, &err) < 0)
		fail_msg("%s", err.text);
	free(crafted->bytes);
	return image;
}
