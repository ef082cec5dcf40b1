/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sizes of files in a FAT image. Each line is a path, and the length of the line is the
 * size of the file. The image must have all files, and each chain of clusters must end. */
#include "tests/fuzz/fuzz.h"

#include "eeprom/fat.h"

#include <errno.h>

#define FILES_MAX 64

struct image {
	const unsigned char *bytes;
	size_t size, data_at, table_at;
	unsigned int files;
	uint64_t bytes_in_files;
};

static unsigned int le16(const unsigned char *p)
{
	return (unsigned int)p[0] | (unsigned int)p[1] << 8;
}

/* These images are small: FAT12. */
static unsigned int chain_next(const struct image *image, unsigned int cluster)
{
	unsigned int pair = le16(image->bytes + image->table_at + cluster * 3 / 2);

	return cluster % 2 ? pair >> 4 : pair & 0xfff;
}

static void dir_read(struct image *image, const unsigned char *entries, size_t count);

static void entry_read(struct image *image, const unsigned char *entry)
{
	unsigned int cluster = le16(entry + 26), size = le16(entry + 28);
	unsigned int clusters = 0, first = cluster;

	if (entry[0] == '.' || entry[11] == 0x0f || entry[11] == 0x08)
		return;
	while (cluster >= 2 && cluster < 0xff8) {
		fuzz_check(image->data_at + (cluster - 1) * 512 <= image->size);
		fuzz_check(chain_next(image, cluster) == cluster + 1 ||
			   chain_next(image, cluster) == 0xfff);
		cluster = chain_next(image, cluster);
		clusters++;
	}
	if (entry[11] == 0x10) {
		dir_read(image, image->bytes + image->data_at + (first - 2) * 512, clusters * 16);
		return;
	}
	fuzz_check(clusters == (size + 511) / 512);
	image->files++;
	image->bytes_in_files += size;
}

static void dir_read(struct image *image, const unsigned char *entries, size_t count)
{
	for (size_t i = 0; i < count && entries[i * 32]; i++)
		entry_read(image, entries + i * 32);
}

static void image_check(unsigned char *bytes, size_t size, unsigned int files, uint64_t total)
{
	struct image image = {.bytes = bytes, .size = size, .table_at = 512};
	size_t root = 512 + le16(bytes + 22) * 512, entries = le16(bytes + 17);

	image.data_at = root + entries * 32;
	fuzz_check(size % 1024 == 0 && le16(bytes + 510) == 0xaa55 && entries);
	dir_read(&image, bytes + root, entries);
	fuzz_check(image.files == files && image.bytes_in_files == total);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size), *next = text, *path;
	unsigned char *bytes = NULL;
	struct error err = {0};
	unsigned int files = 0;
	struct fat *fat = NULL;
	uint64_t total = 0;
	int r;

	fuzz_check(fat_new(&fat, &err) == 0);
	while (files < FILES_MAX && (path = strsep(&next, "\n"))) {
		size_t length = 7 * strlen(path);

		r = fat_add(fat, path, calloc(1, length + 1), length, &err);
		if (r < 0)
			fuzz_check_error(r, &err, -EINVAL, -EEXIST);
		files += r == 0;
		total += r == 0 ? length : 0;
	}
	fuzz_check(fat_make(fat, size, &bytes, &size, &err) == 0);
	image_check(bytes, size, files, total);
	free(bytes);
	fat_free(fat);
	free(text);
	return 0;
}
