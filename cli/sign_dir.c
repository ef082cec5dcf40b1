/* SPDX-License-Identifier: Apache-2.0 */
/* Signs the files of a boot directory for secure boot. All new files are first written under
 * temporary names, and then renamed. */
#include "cli/sign_dir.h"

#include "cli/boot_dir.h"
#include "cli/command_file.h"
#include "cli/copy_dir.h"
#include "cli/sign_file.h"
#include "eeprom/archive.h"
#include "eeprom/countersign.h"
#include "eeprom/image.h"
#include "eeprom/verify.h"
#include "report/output.h"
#include "util/error.h"
#include "util/new_dir.h"
#include "util/new_file.h"
#include "util/path.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

#define OUTPUTS_MAX 8

struct output {
	char *path;
	/* The path of the file to which the signature belongs, and the digest of that file. */
	char *source;
	struct signature source_digest;
	unsigned char *data;
	size_t size;
	int dir_fd;
	struct new_file file;
};

struct sign_dir {
	const char *dir;
	struct new_dir *to; /* NULL to sign in place */
	const struct key *key;
	uint64_t time_seconds;
	unsigned int part_count; /* number of files that can be signed */
	struct output outputs[OUTPUTS_MAX];
	size_t output_count;
};

/* Replaces the boot directory in the path of a file by the directory `to`. If `to` is NULL, the
 * result is a copy of the path.
 * Returns: the path, or NULL (out of memory).
 * Ownership: the caller frees the path with free(). */
static char *path_in(const struct sign_dir *sign, const char *to, const char *path)
{
	const char *rest = path + strlen(sign->dir);

	return to ? command_file_path(to, rest + strspn(rest, "/")) : strdup(path);
}

/* Adds a file to the list of files that will be written.
 * Ownership: the list takes path and data, also after an error. */
static int output_add(struct sign_dir *sign, char *path, const char *source,
		      const struct signature *source_digest, unsigned char *data, size_t size,
		      struct error *err)
{
	const struct output output = {
		.path = path,
		.source = strdup(source),
		.source_digest = *source_digest,
		.data = data,
		.size = size,
		.dir_fd = -1,
		.file.fd = -1,
	};

	if (!path || !output.source || !data || sign->output_count == OUTPUTS_MAX) {
		free(output.path);
		free(output.source);
		free(output.data);
		return error_set(err, -ENOMEM, "out of memory");
	}
	sign->outputs[sign->output_count++] = output;
	return 0;
}

static char *final_path(const struct sign_dir *sign, const char *path)
{
	return path_in(sign, sign->to ? sign->to->path : NULL, path);
}

static int stage_add(struct sign_dir *sign, const struct boot_part *part, struct error *err)
{
	cleanup_free unsigned char *stage = NULL, *archive = NULL;
	cleanup_free char *path = strdup(part->path), *final = final_path(sign, part->path);
	unsigned char *changed = NULL;
	struct signature digest = {0};
	struct countersign found;
	size_t size = 0, archive_size = 0, changed_size = 0;
	int r;

	countersign_parse(&found, part->data, part->size);
	if (!path || !final)
		return error_set(err, -ENOMEM, "out of memory");
	if (countersign_is_by(&found, sign->key) && !found.customer_twice && found.vendor.valid) {
		output_message("%s: already countersigned with this key", path);
		return 0;
	}
	if (part->member)
		path[part->member - part->path - 1] = '\0';
	r = command_file_read(path, SIGN_FILE_MAX, &archive, &archive_size, err);
	if (r == 0)
		r = signature_make(&digest, archive, archive_size, NULL, err);
	if (r == 0)
		r = countersign_append(&stage, &size, part->data, part->size, part->path, sign->key,
				       0, err);
	if (r == 0)
		sign_file_warn_countersigned(final);
	if (r == 0 && !part->member)
		return output_add(sign, strdup(path), path, &digest, take_ptr(stage), size, err);
	if (r == 0) {
		r = archive_replace(&changed, &changed_size, archive, archive_size, part->member,
				    stage, size, err);
		if (r < 0)
			error_wrap(err, "cannot change '%s'", path);
	}
	return r < 0 ? r
		     : output_add(sign, strdup(path), path, &digest, changed, changed_size, err);
}

static int sig_add(struct sign_dir *sign, const struct boot_part *part, struct error *err)
{
	struct signature signature = {.has_time = true, .time_seconds = sign->time_seconds}, old;
	char text[SIGNATURE_TEXT_SIZE];
	size_t size;
	int r;

	if (part->sig &&
	    signature_parse(&old, (const char *)part->sig, part->sig_size, NULL) == 0 &&
	    (sign->key ? signature_verify(&old, part->data, part->size, sign->key)
		       : signature_is_of(&old, part->data, part->size))) {
		output_message("%s: the .sig file already matches", part->path);
		return 0;
	}
	if (part->member)
		return error_set(
			err, -EINVAL,
			"%s is in an archive, so rpiboot cannot write a .sig file beside it",
			part->path);
	r = signature_make(&signature, part->data, part->size, sign->key, err);
	if (r < 0)
		return r;
	size = signature_format(&signature, text);
	return output_add(sign, sign_file_path(part->path), part->path, &signature,
			  (unsigned char *)strndup(text, size), size, err);
}

static void on_image_verdict(void *ctx, const char *part, enum verify_verdict verdict,
			     const char *text)
{
	bool *is_signed = ctx;

	if (verdict == VERIFY_DAMAGED)
		output_message("warning: %s is damaged: %s; fetch the image again", part, text);
	if (verdict == VERIFY_FAILED)
		*is_signed = false;
}

/* Warns if an EEPROM image in the boot directory is damaged, or is not signed with the user's
 * key. */
static void image_warn(const struct sign_dir *sign, const struct boot_part *part)
{
	bool is_signed = true;
	struct verify verify = {
		.key = sign->key,
		.on_verdict = on_image_verdict,
		.ctx = &is_signed,
	};
	struct eeprom_image *image = NULL;
	int r = sign->key ? eeprom_image_new(&image, part->data, part->size, NULL) : 0;

	if (image)
		verify_image(&verify, part->path, image);
	if (r < 0 || !is_signed)
		output_message(
			"warning: the image in %s is not signed with this key; sign the image with "
			"'rpiboot eeprom set', and then sign this directory again",
			part->path);
	eeprom_image_free(image);
}

static int on_part(void *ctx, const struct boot_part *part, struct error *err)
{
	const char *fault = boot_part_fault(part);
	struct sign_dir *sign = ctx;

	if (fault)
		output_message("warning: %s: %s", part->path, fault);
	/* If the user gave no key, the command makes only the .sig files of EEPROM images, which
	 * then contain a digest and no signature. It skips all other files. */
	if (part->kind == BOOT_PART_OTHER || (!sign->key && part->kind != BOOT_PART_IMAGE))
		return 0;
	sign->part_count++;
	if (part->kind == BOOT_PART_STAGE)
		return stage_add(sign, part, err);
	if (part->kind == BOOT_PART_IMAGE)
		image_warn(sign, part);
	return sig_add(sign, part, err);
}

static int output_write(const struct sign_dir *sign, struct output *output)
{
	cleanup_free char *dir = path_in(sign, sign->to ? sign->to->temporary : NULL, output->path);
	int r;

	if (!dir)
		return -ENOMEM;
	r = output->dir_fd = path_dir_open(dir);
	if (r < 0)
		return r;
	r = new_file_create(&output->file, output->dir_fd, path_name(output->path));
	return r < 0 ? r : new_file_write(&output->file, output->data, output->size);
}

/* Checks that a file, or its copy in the output directory, still has the content that was signed.
 * Signing may take long, and other programs may change the file meanwhile. */
static int source_check(const struct sign_dir *sign, const struct output *output, struct error *err)
{
	cleanup_free char *path =
		path_in(sign, sign->to ? sign->to->temporary : NULL, output->source);
	cleanup_free unsigned char *data = NULL;
	size_t size;
	int r = path ? command_file_read(path, SIGN_FILE_MAX, &data, &size, err)
		     : error_set(err, -ENOMEM, "out of memory");

	if (r < 0 || signature_is_of(&output->source_digest, data, size))
		return r;
	return error_set(err, -EBUSY, "'%s' changed while it was signed; run the command again",
			 output->source);
}

static int outputs_write(struct sign_dir *sign, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < sign->output_count; i++) {
		r = source_check(sign, &sign->outputs[i], err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; r == 0 && i < sign->output_count; i++) {
		r = output_write(sign, &sign->outputs[i]);
		if (r < 0)
			return command_file_fail(sign->outputs[i].path, r, err);
	}
	for (size_t i = 0; i < sign->output_count; i++) {
		r = new_file_commit(&sign->outputs[i].file);
		if (r < 0)
			return command_file_fail(sign->outputs[i].path, r, err);
		if (!sign->to)
			output_message("signed: %s", sign->outputs[i].path);
	}
	return 0;
}

static int dir_commit(const struct sign_dir *sign, struct error *err)
{
	int r = new_dir_commit(sign->to);

	if (r < 0)
		return command_file_fail(sign->to->path, r, err);
	for (size_t i = 0; i < sign->output_count; i++) {
		cleanup_free char *final = final_path(sign, sign->outputs[i].path);

		output_message("signed: %s", final ? final : sign->to->path);
	}
	return 0;
}

static void outputs_free(struct sign_dir *sign)
{
	for (size_t i = sign->output_count; i-- > 0;) {
		struct output *output = &sign->outputs[i];

		if (output->dir_fd >= 0) {
			new_file_end(&output->file);
			close(output->dir_fd);
		}
		free(output->path);
		free(output->source);
		free(output->data);
	}
}

int sign_dir(const char *dir, struct new_dir *to, const struct key *key, struct error *err)
{
	struct sign_dir sign = {.dir = dir, .to = to, .key = key};
	int r = sign_file_time(&sign.time_seconds, err);

	if (r == 0 && to)
		r = copy_dir(dir, to->temporary, err);
	if (r == 0)
		r = boot_dir_each(dir, on_part, &sign, err);
	if (r == 0 && sign.part_count == 0)
		r = error_set(
			err, -EINVAL,
			key ? "%s has no boot.img, EEPROM image or bootcode that can be signed"
			    : "%s has no EEPROM image; without --key, only an EEPROM image gets a "
			      ".sig file, so give --key to sign other files, such as boot.img",
			dir);
	if (r == 0)
		r = outputs_write(&sign, err);
	if (r == 0 && to)
		r = dir_commit(&sign, err);
	outputs_free(&sign);
	return r;
}
