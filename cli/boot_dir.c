/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the files of a boot directory that secure boot checks, such as boot.img. */
#include "cli/boot_dir.h"

#include "boot/chip.h"
#include "cli/sign_file.h"
#include "eeprom/countersign.h"
#include "eeprom/signature.h"
#include "files/files.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

#define PARTS_MAX 16

static const struct {
	const char *name, *sig;
	enum boot_part_kind kind;
} signed_names[] = {
	{"boot.img", "boot.sig", BOOT_PART_FILE},
	{"pieeprom.bin", "pieeprom.sig", BOOT_PART_IMAGE},
	{"pieeprom.upd", "pieeprom.sig", BOOT_PART_IMAGE},
};

struct boot_dir {
	struct files *files;
	int (*fn)(void *ctx, const struct boot_part *part, struct error *err);
	void *ctx;
	/* The paths of the files that were passed to fn() so far. Boards with different chips may
	 * receive the same file, but fn() is called only once for it. */
	char *seen[PARTS_MAX];
	size_t seen_count;
};

/* Reads the file that a board with this chip would receive if it requested this name.
 * Returns: 0 (*ret_data is NULL if there is no such file), or -Exxx. */
static int part_read(struct boot_dir *dir, const struct chip *chip, const char *name,
		     char **ret_path, unsigned char **ret_data, size_t *ret_size, struct error *err)
{
	const struct files_query query = {.chip = chip, .port = "", .name = name};
	struct file *file = NULL;
	cleanup_free unsigned char *data = NULL;
	size_t size, used = 0;
	ssize_t n = 1;
	int r = files_get(dir->files, &query, &file, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	size = file_size(file);
	data = size <= SIGN_FILE_MAX ? malloc(size + 1) : NULL;
	*ret_path = strdup(file_path(file));
	if (size > SIGN_FILE_MAX)
		n = error_set(err, -EFBIG,
			      "'%s' has %zu bytes, but rpiboot signs and verifies at most %d bytes",
			      file_path(file), size, SIGN_FILE_MAX);
	else if (!data || !*ret_path)
		n = error_set(err, -ENOMEM, "out of memory");
	while (n > 0 && used < size) {
		n = file_read(file, data + used, size - used, err);
		if (n > 0)
			used += (size_t)n;
	}
	file_free(file);
	if (n < 0)
		return (int)n;
	*ret_data = take_ptr(data);
	*ret_size = used;
	return 0;
}

static bool dir_is_new(struct boot_dir *dir, const char *path)
{
	for (size_t i = 0; i < dir->seen_count; i++)
		if (strcmp(dir->seen[i], path) == 0)
			return false;
	return true;
}

static int part_report(struct boot_dir *dir, struct boot_part *part, const char *name,
		       const char *sig_name, struct error *err)
{
	cleanup_free unsigned char *data = NULL, *sig = NULL;
	cleanup_free char *path = NULL, *sig_path = NULL;
	int r = part_read(dir, part->chip, name, &path, &data, &part->size, err);

	if (r < 0 || !data || !dir_is_new(dir, path) || dir->seen_count == PARTS_MAX)
		return r;
	if (sig_name)
		r = part_read(dir, part->chip, sig_name, &sig_path, &sig, &part->sig_size, err);
	part->path = path;
	part->member = strstr(path, "bootfiles.bin:");
	if (part->member)
		part->member += strlen("bootfiles.bin:");
	part->data = data;
	part->sig = sig;
	if (r == 0)
		r = dir->fn(dir->ctx, part, err);
	dir->seen[dir->seen_count++] = take_ptr(path);
	return r;
}

bool boot_dir_is_part(const char *name)
{
	for (size_t i = 0; i < array_size(signed_names); i++)
		if (strcmp(signed_names[i].name, name) == 0 ||
		    strcmp(signed_names[i].sig, name) == 0)
			return true;
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		if (strcmp(chip->bootcode, name) == 0)
			return true;
	return false;
}

static int chip_parts(struct boot_dir *dir, const struct chip *chip, struct error *err)
{
	struct boot_part part = {
		.kind = chip->customer_block ? BOOT_PART_STAGE : BOOT_PART_OTHER,
		.chip = chip,
	};
	int r = part_report(dir, &part, chip->bootcode, NULL, err);

	/* Report the signed files, such as boot.img, only for a chip whose boards have a bootloader
	 * EEPROM. Other boards do not check the signature of boot.img. */
	for (size_t i = 0; r == 0 && chip->eeprom_bytes && i < array_size(signed_names); i++) {
		part = (struct boot_part){.kind = signed_names[i].kind, .chip = chip};
		r = part_report(dir, &part, signed_names[i].name, signed_names[i].sig, err);
	}
	return r;
}

const char *boot_part_fault(const struct boot_part *part)
{
	/* One release of bootfiles.bin contains a faulty second-stage bootloader,
	 * 2712/bootcode5.bin (docs/protocol.md, section 7). This is the SHA-256 of that file. */
	static const unsigned char faulty[] = {
		0x52, 0xbc, 0x48, 0xcb, 0x5f, 0xcb, 0xea, 0x53, 0x29, 0xa1, 0xb5,
		0xad, 0xc5, 0x27, 0xa3, 0x11, 0x60, 0xeb, 0xe8, 0xae, 0x54, 0xdc,
		0x15, 0xb0, 0xc4, 0x0a, 0x70, 0x13, 0xc2, 0xc6, 0x9d, 0x9c,
	};
	struct signature signature = {0};
	struct countersign found;

	countersign_parse(&found, part->data, part->size);
	memcpy(signature.hash, faulty, sizeof(faulty));
	if (!part->member || found.vendor.form != COUNTERSIGN_LONG ||
	    !signature_is_of(&signature, part->data, found.vendor.offset + COUNTERSIGN_BLOCK_SIZE))
		return NULL;
	return "this version of bootfiles.bin (2026-06-02) does not start fastboot on a locked "
	       "board; use the version in commit d6d8760 of github.com/raspberrypi/usbboot "
	       "(SHA-256 dd606ab0...), which boots all boards";
}

int boot_dir_each(const char *path,
		  int (*fn)(void *ctx, const struct boot_part *part, struct error *err), void *ctx,
		  struct error *err)
{
	struct boot_dir dir = {.fn = fn, .ctx = ctx};
	int r = files_new(&dir.files, path, false, err);

	for (const struct chip *chip = chip_next(NULL); r == 0 && chip; chip = chip_next(chip))
		r = chip_parts(&dir, chip, err);
	for (size_t i = 0; i < dir.seen_count; i++)
		free(dir.seen[i]);
	files_free(dir.files);
	return r;
}
