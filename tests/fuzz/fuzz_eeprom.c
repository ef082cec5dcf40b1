/* SPDX-License-Identifier: Apache-2.0 */
/* EEPROM images. The first byte chooses between a small image and a large one. The input is the
 * beginning of the small image, or the beginnings of the large image and of its first partition.
 * The rest of the image is erased. A parsed image keeps its invariants, also after each file is
 * replaced. */
#include "tests/fuzz/fuzz.h"

#include "boot/chip.h"
#include "util/bytes.h"
#include "eeprom/change.h"
#include "eeprom/image.h"
#include "eeprom/info.h"

#include <errno.h>

#define SMALL	    (512 * 1024)
#define LARGE	    (2048 * 1024)
#define PARTITION   0x10000
#define MAX_CONTENT 65536

static void check_sections(const struct eeprom_image *image)
{
	size_t at = 0;

	fuzz_check(image->section_count > 0);
	fuzz_check(image->sections[0].kind == EEPROM_KIND_BOOTCODE);
	for (size_t i = 0; i < image->section_count; i++) {
		const struct eeprom_section *section = &image->sections[i];

		fuzz_check(section->at == at && at % 8 == 0);
		fuzz_check(section->content_at > section->at);
		fuzz_check(section->content_at + section->content_bytes <= image->size);
		fuzz_check(section->end >= section->content_at + section->content_bytes);
		fuzz_check(section->slot_end >= section->content_at + section->content_bytes);
		fuzz_check(section->slot_end <= image->size);
		fuzz_check(memchr(section->name, '\0', sizeof(section->name)));
		fuzz_check((section->kind == EEPROM_KIND_PADDING ||
			    section->kind == EEPROM_KIND_UNKNOWN) == !section->name[0]);
		fuzz_check(eeprom_room(section) >= section->content_bytes);
		at = section->end;
	}
}

/* Replaces a file with content of this size. After a success, the image is sound and has the
 * content. */
static void check_change(struct eeprom_image *image, const char *name, size_t size)
{
	unsigned char *content = malloc(size + 1);
	struct error err = {0};
	int r;

	fuzz_check(content);
	memset(content, 0x42, size);
	r = eeprom_change(image, name, content, size, &err);
	if (r < 0) {
		fuzz_check_error(r, &err, -ENOENT, -EPERM, -EFBIG);
	} else {
		const struct eeprom_section *section = eeprom_image_find(image, name, NULL);

		fuzz_check(section && section->content_bytes == size);
		fuzz_check(memcmp(eeprom_content(image, section), content, size) == 0);
		check_sections(image);
	}
	free(content);
}

static void check_changes(struct eeprom_image *image, uint8_t extra)
{
	size_t count = image->section_count < 4 ? image->section_count : 4;

	for (size_t i = 0; i < count && i < image->section_count; i++) {
		struct eeprom_section section = image->sections[i];
		size_t room = eeprom_room(&section);

		if (!section.name[0])
			continue;
		check_change(image, section.name, extra % (room + 1));
		if (room > MAX_CONTENT)
			continue; /* too slow */
		check_change(image, section.name, room + 1);
		check_change(image, section.name, room);
	}
}

static void check_info(const struct eeprom_image *image)
{
	size_t count = image->section_count < 64 ? image->section_count : 64;
	struct info info;

	info_read(&info, image);
	fuzz_check(info.stage_count >= 1 && info.stage_count <= INFO_STAGES_MAX);
	fuzz_check(memchr(info.build.version, '\0', sizeof(info.build.version)));
	for (size_t i = 0; i < count; i++)
		info_digest_judge(image, &info.build, &image->sections[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	uint8_t choice = fuzz_u8(&bytes), extra = fuzz_u8(&bytes);
	size_t image_size = choice & 1 ? LARGE : SMALL;
	unsigned char *erased = malloc(image_size);
	struct eeprom_image *image = NULL;
	struct error err = {0};
	int r;

	fuzz_check(erased);
	memset(erased, 0xff, image_size);
	if (choice & 1) {
		/* Padding fills the gap between the first half of the input and the partition. */
		size_t half = bytes.left / 2 & ~(size_t)7;

		fuzz_take(&bytes, erased, half);
		bytes_put_be32(erased + half, 0x55aafeef);
		bytes_put_be32(erased + half + 4, (uint32_t)(PARTITION - half - 8));
		if (bytes.left)
			fuzz_take(&bytes, erased + PARTITION, bytes.left);
	} else if (bytes.left) {
		fuzz_take(&bytes, erased, bytes.left);
	}
	r = eeprom_image_new(&image, erased, image_size, &err);
	if (r < 0) {
		fuzz_check(!image);
		fuzz_check_error(r, &err, -EBADMSG);
	} else {
		check_sections(image);
		check_info(image);
		fuzz_check(eeprom_change_update_time(image, 1700000000, &err) == 0 ||
			   err.code == -EBADMSG || err.code == -EPERM);
		check_changes(image, extra);
	}
	eeprom_image_free(image);
	free(erased);
	return 0;
}
