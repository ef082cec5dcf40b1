/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the boot files that one board requests, and reads their content. */
#include "board/file_server.h"

#include "board/context.h"
#include "board/recover.h"
#include "config.h"
#include "boot/chip.h"
#include "eeprom/countersign.h"
#include "util/error.h"
#include "files/files.h"
#include "files/firmware.h"
#include "boot/metadata.h"
#include "boot/recovery.h"
#include "util/util.h"
#include "boot/wire.h"

#include <errno.h>
#include <string.h>

#define SERVICE_SIGNATURE_FILE "bootcode.sig"

struct service {
	const struct context *context;
	const struct chip *chip;
	const char *port;
	/* The boot directory whose files the board receives. NULL while `rpiboot recover` sends
	 * files from memory instead. */
	struct files *files;
	struct recover_file offered[RECOVER_OFFERED_MAX];
	size_t offered_count;
	const char *source; /* path of the firmware in `offered` */
	struct file *file;  /* the file that was requested last */
	char name[WIRE_NAME_SIZE];
	bool source_failed;
	uint8_t signature[WIRE_SIGNATURE_SIZE];
	bool has_signature;
	struct metadata *metadata;
	struct recovery *recovery;
};

static int service_open_dir(struct service *service, struct error *err)
{
	const struct firmware *firmware = service->context->firmware;

	if (firmware->dir)
		return files_new(&service->files, firmware->dir, service->context->config->overlay,
				 err);
	return files_find(&service->files, firmware, service->chip, err);
}

static int offered_get(const struct service *service, const char *name, struct file **ret,
		       struct error *err)
{
	/* Ignore leading slashes in the requested file name. The search in a boot directory ignores
	 * them, too. */
	name += strspn(name, "/");
	for (size_t i = 0; i < service->offered_count; i++) {
		const struct recover_file *file = &service->offered[i];

		if (strcmp(file->name, name) == 0)
			return file_new_in_memory(ret, file->name, file->data, file->size, err);
	}
	return -ENOENT;
}

static int service_get(const struct service *service, const char *name, struct file **ret,
		       struct error *err)
{
	struct files_query query = {
		.chip = service->chip,
		.port = service->port,
		.name = name,
	};

	if (!service->files)
		return offered_get(service, name, ret, err);
	return files_get(service->files, &query, ret, err);
}

/* Looks for an EEPROM image in the boot directory. Only chips whose boards report properties have a
 * bootloader EEPROM, so do nothing for the other chips. */
static void service_find_image(struct service *service)
{
	if (!service->context->config->dir || !service->chip->metadata)
		return;
	for (const char *const *image = recovery_images; *image; image++) {
		struct file *file = NULL;

		if (service_get(service, *image, &file, NULL) < 0)
			continue;
		file_free(file);
		recovery_hold(service->recovery, *image);
		return;
	}
}

int service_new(struct service **ret, const struct context *context, const struct chip *chip,
		const char *port, struct error *err)
{
	struct service *service = calloc(1, sizeof(*service));
	int r;

	if (!service)
		return error_set(err, -ENOMEM, "out of memory");
	service->context = context;
	service->chip = chip;
	service->port = port;
	r = metadata_new(&service->metadata, err);
	if (r == 0)
		r = recovery_new(&service->recovery, err);
	if (r == 0 && !context->recover)
		r = service_open_dir(service, err);
	if (r < 0) {
		service_free(service);
		return r;
	}
	if (service->files)
		service_find_image(service);
	*ret = service;
	return 0;
}

struct service *service_free(struct service *service)
{
	if (!service)
		return NULL;
	file_free(service->file);
	files_free(service->files);
	metadata_free(service->metadata);
	recovery_free(service->recovery);
	free(service);
	return NULL;
}

static void service_close_file(struct service *service)
{
	service->file = file_free(service->file);
	service->name[0] = '\0';
}

void service_offer(struct service *service, const char *source, const struct recover_file *files,
		   size_t count)
{
	service_close_file(service);
	service->files = files_free(service->files);
	service->source = source;
	service->offered_count = count;
	memcpy(service->offered, files, count * sizeof(*files));
}

int service_open_files(struct service *service, struct error *err)
{
	service_close_file(service);
	service->offered_count = 0;
	return service->files ? 0 : service_open_dir(service, err);
}

static int service_load_signature(struct service *service, struct error *err)
{
	struct file *file = NULL;
	size_t used = 0;
	int r = service_get(service, SERVICE_SIGNATURE_FILE, &file, err);

	if (r == -ENOENT)
		return error_set(err, r,
				 "the option -s (signed boot) needs %s, which is missing in '%s'",
				 SERVICE_SIGNATURE_FILE, files_dir(service->files));
	while (r == 0 && used < WIRE_SIGNATURE_SIZE) {
		ssize_t n =
			file_read(file, service->signature + used, WIRE_SIGNATURE_SIZE - used, err);

		if (n < 0)
			r = (int)n;
		else if (n == 0)
			r = error_set(err, -EINVAL,
				      "the signature file '%s' is damaged: it has %zu bytes "
				      "instead of %d",
				      file_path(file), used, WIRE_SIGNATURE_SIZE);
		else
			used += (size_t)n;
	}
	file_free(file);
	service->has_signature = r == 0;
	return r;
}

int service_check_rom(struct service *service, struct error *err)
{
	int r = service->files ? files_check(service->files, service->chip, err) : 0;

	if (r == 0 && service->context->config->signed_boot && service->chip->rom_signature)
		r = service_load_signature(service, err);
	return r;
}

bool service_is_countersigned(const struct service *service)
{
	const size_t room = COUNTERSIGN_FILE_MAX + 1; /* one byte to detect a larger file */
	cleanup_free char *data = malloc(room);
	struct file *file = NULL;
	size_t size = 0;
	ssize_t n = 0;

	if (!data || service_get(service, service->chip->bootcode, &file, NULL) < 0)
		return false;
	do
		size += (size_t)n;
	while (size < room && (n = file_read(file, data + size, room - size, NULL)) > 0);
	file_free(file);
	return n == 0 && countersign_has_customer(data, size);
}

const char *service_dir(const struct service *service)
{
	return service->files ? files_dir(service->files) : service->source;
}

const uint8_t *service_signature(const struct service *service)
{
	return service->has_signature ? service->signature : NULL;
}

bool service_usual_disk(struct service *service)
{
	return service->files &&
	       files_payload_is_disk(service->files, service->chip, service->port);
}

int service_file(struct service *service, const char *name, bool bootcode, int64_t *ret_bytes,
		 struct error *err)
{
	int r;

	service->source_failed = false;
	/* A board first requests the size of a file and then its content. Serve both from the same
	 * open file, so that the size matches the content even if the file was replaced
	 * meanwhile. */
	if (service->file && strcmp(name, service->name) == 0) {
		r = file_rewind(service->file, err);
	} else {
		service->file = file_free(service->file);
		r = service_get(service, name, &service->file, err);
		strncpy(service->name, name, sizeof(service->name) - 1);
	}
	if (!bootcode)
		recovery_ask(service->recovery, name, r == 0 ? file_size(service->file) : 0);
	if (r == -ENOENT) {
		*ret_bytes = -1;
		return 0;
	}
	if (r == 0)
		*ret_bytes = (int64_t)file_size(service->file);
	return r;
}

static ssize_t service_read(void *ctx, void *buf, size_t size, struct error *err)
{
	struct service *service = ctx;
	ssize_t n = file_read(service->file, buf, size, err);

	service->source_failed = service->source_failed || n <= 0;
	if (n > 0)
		recovery_send(service->recovery, buf, (size_t)n);
	return n;
}

struct xfer_source service_source(struct service *service)
{
	return (struct xfer_source){.read = service_read, .ctx = service};
}

bool service_source_failed(const struct service *service)
{
	return service->source_failed;
}

struct metadata *service_metadata(struct service *service)
{
	return service->metadata;
}

struct recovery *service_recovery(struct service *service)
{
	return service->recovery;
}
