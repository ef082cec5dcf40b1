/* SPDX-License-Identifier: Apache-2.0 */
/* What one board is served with: its boot directory, the file it is being sent, the signature for
 * its boot ROM; and what it told about itself. Knows no USB and no states. */
#ifndef SERVICE_H
#define SERVICE_H

#include "board/board.h"
#include "boot/transfer.h"

#include <stdbool.h>
#include <stdint.h>

struct chip;
struct error;
struct metadata;
struct recovery;
struct service;

/* Finds the boot directory for this chip; config must outlive the result. 0, or -Exxx with a
 * sentence about what is missing or damaged. Ends with service_free() (NULL-safe, returns NULL). */
int service_new(struct service **ret, const struct config *config, const struct chip *chip,
		const char *port, struct error *err);
struct service *service_free(struct service *service);

/* What only the boot ROM needs is there and usable: the bootcode, with -s its signature. */
int service_check_rom(struct service *service, struct error *err);

const char *service_dir(const struct service *service);

/* WIRE_SIGNATURE_SIZE bytes where the ROM is to have them, else NULL. */
const uint8_t *service_signature(const struct service *service);

/* Such files usually make the board's storage, or a fastboot device, appear: a guess. */
bool service_usual_disk(struct service *service);

/* Opens a file, or finds it open from the last time, at its start. *ret_bytes: its size, -1 where
 * there is none. 0 or -Exxx. */
int service_file(struct service *service, const char *name, bool bootcode, int64_t *ret_bytes,
		 struct error *err);

/* The content of that file, once; valid until the next service_file(). */
struct xfer_source service_source(struct service *service);

/* Reading the content failed: an error that a transfer ended with is the file's, not the board's.
 */
bool service_source_failed(const struct service *service);

/* What the board told about itself; recorded with metadata_add(). */
struct metadata *service_metadata(struct service *service);

/* What is known of the board's EEPROM; recovery_sent() and recovery_tell() are the caller's. */
struct recovery *service_recovery(struct service *service);

#endif
