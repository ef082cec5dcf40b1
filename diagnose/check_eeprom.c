/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the EEPROM image in a boot directory, its signature file and the recovery program that
 * writes the image. */
#include "diagnose/check_internal.h"

#include "boot/chip.h"
#include "boot/recovery.h"
#include "eeprom/info.h"
#include "util/error.h"
#include "files/files.h"
#include "util/text.h"
#include "util/util.h"

#include <openssl/evp.h>
#include <string.h>

#define SHA256_BYTES   32
#define BOOTCODE_BYTES (512 * 1024) /* the largest known bootcode has 122 KB */

bool check_is_recovery(struct file *bootcode)
{
	cleanup_free char *bytes = malloc(BOOTCODE_BYTES);
	ssize_t size = bytes ? check_load(bootcode, bytes, BOOTCODE_BYTES) : 0;

	return size > 0 && info_is_recovery(bytes, (size_t)size);
}

static bool file_sha256(struct file *file, unsigned char ret[SHA256_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	uint64_t left = file_size(file);
	char buf[16384];
	struct error err = {0};

	while (ok && left) {
		ssize_t n = file_read(file, buf, sizeof(buf), &err);

		ok = n > 0 && EVP_DigestUpdate(ctx, buf, (size_t)n);
		left -= ok ? (uint64_t)n : 0;
	}
	ok = ok && EVP_DigestFinal_ex(ctx, ret, NULL);
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* Checks whether the first line of pieeprom.sig contains the SHA-256 of the EEPROM image
 * (docs/protocol.md, section 5).
 * fatal: true if a wrong SHA-256 is an error, or false if it is a warning */
static void signature_check(struct check *check, struct file *image, bool fatal)
{
	enum check_kind kind = fatal ? CHECK_ERROR : CHECK_WARNING;
	cleanup(check_file_free) struct file *sig = NULL;
	cleanup_free char *pair = NULL;
	unsigned char stated[SHA256_BYTES], is[SHA256_BYTES];
	char text[2 * SHA256_BYTES + 1] = "";

	if (check_get(check, "pieeprom.sig", &sig) < 0)
		return;
	pair = text_new("%s of %s", file_path(sig), file_path(image));
	/* Computing a digest takes long, so an EEPROM image and its signature file are compared
	 * only once, even if boards with different chips receive them. They are compared again if
	 * another digest is an error for only one of the chips. */
	if (!pair || !check_is_new(check, kind, pair))
		return;
	if (check_load(sig, text, sizeof(text) - 1) < 0 || !file_sha256(image, is))
		return; /* check_asked() reports unreadable files */
	if (!text_hex(text, stated, sizeof(stated))) {
		check_found(check, CHECK_WARNING,
			    "'%s' does not begin with a SHA-256, so the board will refuse '%s'",
			    file_path(sig), file_path(image));
		return;
	}
	if (memcmp(stated, is, sizeof(is)) == 0)
		return;
	text_put_hex(is, sizeof(is), text);
	check_found(check, kind,
		    "'%s' does not match '%s', whose SHA-256 is %s; create the signature file "
		    "again with 'rpiboot sign'",
		    file_path(sig), file_path(image), text);
}

/* Returns: true if a board with the chip `other`, when it requests the file `name`, receives the
 * same EEPROM image as a board with the checked chip. */
static bool is_shared(struct check *check, const struct chip *other, const char *name,
		      const struct file *image)
{
	cleanup(check_file_free) struct file *file = NULL;
	const struct files_query query = {.chip = other, .port = check->port, .name = name};

	return files_check(check->files, other, NULL) == 0 &&
	       files_get(check->files, &query, &file, NULL) == 0 &&
	       strcmp(file_path(file), file_path(image)) == 0;
}

/* Checks that the EEPROM image is for this chip. Nothing but the size of the image shows for which
 * chip it is. */
static void size_check(struct check *check, const char *name, const struct file *image,
		       bool other_boot)
{
	const struct chip *of = chip_by_eeprom_bytes(file_size(image));

	if (!file_size(image) || of == check->chip)
		return;
	if (!of)
		check_found(check, CHECK_WARNING,
			    "'%s' has %llu bytes, but an EEPROM image for %s has %u: the file is "
			    "cut off, or it is not an EEPROM image",
			    file_path(image), (unsigned long long)file_size(image),
			    check->chip->name, check->chip->eeprom_bytes);
	else
		check_found(check,
			    other_boot || is_shared(check, of, name, image) ? CHECK_WARNING
									    : CHECK_ERROR,
			    "'%s' is an EEPROM image for %s (%u bytes), but %s needs an image of "
			    "%u bytes",
			    file_path(image), of->name, of->eeprom_bytes, check->chip->name,
			    check->chip->eeprom_bytes);
}

void check_eeprom(struct check *check, bool other_boot, bool recovery)
{
	if (!check->chip->eeprom_bytes)
		return;
	for (const char *const *name = recovery_images; *name; name++) {
		cleanup(check_file_free) struct file *image = NULL;

		if (check_get(check, *name, &image) < 0)
			continue;
		size_check(check, *name, image, other_boot);
		signature_check(check, image, !check->config->serving || !other_boot || recovery);
		/* If pieeprom.bin exists, the recovery program does not request pieeprom.upd, so do
		 * not check that file. */
		return;
	}
}
