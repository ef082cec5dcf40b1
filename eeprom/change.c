/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces files in an EEPROM image that is in memory. These functions do not read or write files
 * on disk. */
#include "eeprom/change.h"

#include "util/bytes.h"
#include "eeprom/image.h"
#include "util/error.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MAGIC_PADDING	  0x55aafeefU
#define UPDATE_TIME_BYTES 8
/* An EEPROM image with two partitions (the A/B layout) begins with an area that ends at this
 * offset. The area may contain the time of the last update. */
#define UPDATE_TIME_BEFORE 0x10000

static bool is_second_stage(const struct eeprom_section *section)
{
	return section->kind == EEPROM_KIND_BOOTCODE || strcmp(section->name, EEPROM_BOOTSYS) == 0;
}

size_t eeprom_room(const struct eeprom_section *section)
{
	size_t room = section->slot_end - section->content_at;

	if (!is_second_stage(section) && room > EEPROM_CONTENT_MAX)
		room = EEPROM_CONTENT_MAX;
	/* Raspberry Pi's tools accept only files up to a certain size. Some images contain larger
	 * files, so accept a new file that is not larger than the old one. */
	return room > section->content_bytes ? room : section->content_bytes;
}

static int size_check(const struct eeprom_section *section, size_t bytes, struct error *err)
{
	size_t room = eeprom_room(section);

	if (bytes <= room)
		return 0;
	return error_set(err, -EFBIG,
			 "%s does not fit: it has %zu bytes, but its slot holds %zu, so it is %zu "
			 "%s too long",
			 section->name, bytes, room, bytes - room,
			 bytes - room == 1 ? "byte" : "bytes");
}

/* Fills the unused bytes after a file in an EEPROM image with 0xff. If another section follows the
 * file, turns the unused bytes into a padding section. */
static void pad(struct eeprom_image *image, size_t content_end, size_t slot_end, bool last)
{
	size_t aligned = (content_end + 7) & ~(size_t)7;
	size_t room = slot_end > aligned ? slot_end - aligned : 0;

	if (slot_end > content_end)
		memset(image->bytes + content_end, 0xff, slot_end - content_end);
	if (room >= 8 && !last) {
		bytes_put_be32(image->bytes + aligned, MAGIC_PADDING);
		bytes_put_be32(image->bytes + aligned + 4, (uint32_t)(room - 8));
	}
}

static void content_put(struct eeprom_image *image, const struct eeprom_section *section,
			const void *content, size_t bytes)
{
	size_t header = section->content_at - section->at;
	bool last = section == image->sections + image->section_count - 1 &&
		    section->kind != EEPROM_KIND_BOOTCODE;

	bytes_put_be32(image->bytes + section->at + 4, (uint32_t)(header - 8 + bytes));
	if (bytes)
		memcpy(image->bytes + section->content_at, content, bytes);
	pad(image, section->content_at + bytes, section->slot_end, last);
}

int eeprom_change(struct eeprom_image *image, const char *name, const void *content, size_t bytes,
		  struct error *err)
{
	const struct eeprom_section *section = eeprom_image_find(image, name, NULL);
	int r;

	if (!section)
		return error_set(err, -ENOENT, "the EEPROM image has no file '%s'", name);
	if (strcmp(name, EEPROM_UPDATE_TIME) == 0 && bytes != UPDATE_TIME_BYTES)
		return error_set(err, -EFBIG, "%s must have %d bytes, but the new content has %zu",
				 name, UPDATE_TIME_BYTES, bytes);
	for (; section; section = eeprom_image_find(image, name, section)) {
		if (!eeprom_is_replaceable(section))
			return error_set(err, -EPERM,
					 "'%s' is a fixed part of the firmware and cannot be "
					 "replaced",
					 name);
		r = size_check(section, bytes, err);
		if (r < 0)
			return r;
		/* If the new file equals the old one, change no byte of the EEPROM image. Writing
		 * the same file again could change the padding after it. */
		if (bytes == section->content_bytes &&
		    memcmp(eeprom_content(image, section), content, bytes) == 0)
			continue;
		/* Only the file `updatetime`, which contains the time of the last update, can exist
		 * twice in an image. Its size never changes, so the second copy did not move when
		 * the first was replaced. */
		content_put(image, section, content, bytes);
	}
	return eeprom_image_scan(image, err);
}

int eeprom_change_update_time(struct eeprom_image *image, uint32_t seconds, struct error *err)
{
	const struct eeprom_section *section = eeprom_image_find(image, EEPROM_UPDATE_TIME, NULL);
	unsigned char content[UPDATE_TIME_BYTES];

	bytes_put_le32(content, ~seconds);
	bytes_put_le32(content + 4, seconds);
	if (section && section->at < UPDATE_TIME_BEFORE) {
		for (const struct eeprom_section *each = section; each;
		     each = eeprom_image_find(image, EEPROM_UPDATE_TIME, each))
			if (each->content_bytes != sizeof(content))
				return error_set(
					err, -EBADMSG,
					"the file updatetime at offset %#zx of the image "
					"has %zu bytes instead of %zu; fetch the image again",
					each->at, each->content_bytes, sizeof(content));
		return eeprom_change(image, EEPROM_UPDATE_TIME, content, sizeof(content), err);
	}
	memcpy(image->bytes + image->size - sizeof(content), content, sizeof(content));
	return 0;
}

static bool is_listed(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static const struct eeprom_section *next_file(const struct eeprom_image *image, size_t *at)
{
	while (*at < image->section_count && image->sections[*at].kind == EEPROM_KIND_PADDING)
		++*at;
	return *at < image->section_count ? &image->sections[(*at)++] : NULL;
}

int eeprom_change_check(const struct eeprom_image *before, const struct eeprom_image *after,
			const char *const *changed, struct error *err)
{
	const struct eeprom_section *old, *new;
	size_t i = 0, j = 0;

	do {
		old = next_file(before, &i);
		new = next_file(after, &j);
		if (!old && !new)
			return 0;
		if (!old || !new || old->at != new->at || strcmp(old->name, new->name) != 0)
			break;
	} while (is_listed(old->name, changed) ||
		 (old->content_bytes ==
		  new->content_bytes &&memcmp(eeprom_content(before, old),
					      eeprom_content(after, new), old->content_bytes) ==
		  0));
	return error_set(err, -EIO,
			 "the change would damage the image at offset %#zx, so nothing was "
			 "written; report this bug",
			 old ? old->at : new->at);
}
