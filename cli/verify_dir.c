/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signatures of the files in a boot directory for secure boot. */
#include "cli/verify_dir.h"

#include "boot/chip.h"
#include "cli/boot_dir.h"
#include "cli/command_file.h"
#include "eeprom/image.h"
#include "eeprom/verify.h"
#include "util/error.h"
#include "util/util.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

int verify_image_bytes(struct verify *verify, const char *path, const void *data, size_t size,
		       struct error *err)
{
	struct eeprom_image *image = NULL;

	if (eeprom_image_new(&image, data, size, err) < 0)
		return error_wrap(err, "'%s' is not a usable EEPROM image", path);
	verify_image(verify, path, image);
	eeprom_image_free(image);
	return 0;
}

static int on_part(void *ctx, const struct boot_part *part, struct error *err)
{
	const char *fault = boot_part_fault(part);
	struct verify *verify = ctx;
	char text[128];

	if (fault)
		verify_report(verify, part->path, VERIFY_WARNING, fault);
	switch (part->kind) {
	case BOOT_PART_STAGE:
		verify_stage(verify, part->path, part->data, part->size);
		break;
	case BOOT_PART_FILE:
	case BOOT_PART_IMAGE:
		verify_signature(verify, part->path, part->data, part->size,
				 (const char *)part->sig, part->sig_size);
		break;
	case BOOT_PART_OTHER:
		snprintf(text, sizeof(text),
			 "boards with %s start this file without a countersignature",
			 part->chip->name);
		verify_report(verify, part->path, VERIFY_UNCOVERED, text);
		break;
	}
	if (part->kind != BOOT_PART_IMAGE)
		return 0;
	return verify_image_bytes(verify, part->path, part->data, part->size, err);
}

static int is_other(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && !boot_dir_is_part(entry->d_name);
}

int verify_dir(struct verify *verify, const char *dir, struct error *err)
{
	struct dirent **names = NULL;
	int count, r = boot_dir_each(dir, on_part, verify, err);

	if (r < 0)
		return r;
	count = scandir(dir, &names, is_other, alphasort);
	for (int i = 0; i < count; i++) {
		cleanup_free char *path = command_file_path(dir, names[i]->d_name);

		if (path && strcmp(names[i]->d_name, "bootfiles.bin") == 0)
			verify_report(verify, path, VERIFY_UNCOVERED,
				      "digests by Raspberry Pi protect the other files in this "
				      "archive; the signature by KEY does not");
		else if (path)
			verify_report(verify, path, VERIFY_UNCOVERED, "no signature protects it");
		free(names[i]);
	}
	free(names);
	return 0;
}
