/* SPDX-License-Identifier: Apache-2.0 */
/* Provides the data that one board is served with: its boot directory, the file that is being sent,
 * and the signature for its boot ROM. Also keeps the properties that the board reports. This file
 * knows no USB and no board states. */
#ifndef BOARD_FILE_SERVER_H
#define BOARD_FILE_SERVER_H

#include "board/board.h"
#include "boot/transfer.h"

#include <stdbool.h>
#include <stdint.h>

struct chip;
struct error;
struct metadata;
struct recovery;
struct service;

/* Finds the boot directory for this chip.
 * Returns: 0, or -Exxx with a sentence that names the missing or damaged file.
 * Ownership: the caller frees the result with service_free(), which accepts NULL and returns NULL.
 * context and port must outlive the result. */
int service_new(struct service **ret, const struct context *context, const struct chip *chip,
		const char *port, struct error *err);
struct service *service_free(struct service *service);

/* Checks that the bootcode exists and is usable. With -s, it also loads the signature of the
 * bootcode.
 * Returns: 0 or -Exxx. */
int service_check_rom(struct service *service, struct error *err);

/* Returns: the path of the boot directory. */
const char *service_dir(const struct service *service);

/* Returns: the signature for the boot ROM, WIRE_SIGNATURE_SIZE bytes. NULL: the boot ROM gets no
 * signature. */
const uint8_t *service_signature(const struct service *service);

/* Returns: true if the boot files look like files that turn a board into a disk or a fastboot
 * device. The answer is a guess. */
bool service_usual_disk(struct service *service);

/* Opens a file for the board. If the previous call opened the same name, the function rewinds the
 * open file instead. *ret_bytes is the size of the file, or -1 if the file does not exist.
 * Returns: 0 or -Exxx. A missing file is no error. */
int service_file(struct service *service, const char *name, bool bootcode, int64_t *ret_bytes,
		 struct error *err);

/* Returns: a source for one read of the file that service_file() opened. The source is valid until
 * the next call of service_file(). */
struct xfer_source service_source(struct service *service);

/* Returns: true if the file of the last source could not be read. A transfer that failed at the
 * same time then failed because of the file, not because of the board. */
bool service_source_failed(const struct service *service);

/* Returns: the properties that the board reported. The caller adds new properties with
 * metadata_add(). */
struct metadata *service_metadata(struct service *service);

/* Returns: the state of the EEPROM recovery. The caller calls recovery_sent() and recovery_report()
 * on it. */
struct recovery *service_recovery(struct service *service);

#endif
