/* SPDX-License-Identifier: Apache-2.0 */
/* Provides the data that the host sends to one board: the files of the boot directory, and the
 * signature for the boot ROM. It also keeps the properties that the board reports. This file knows
 * no USB and no board states. */
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

/* Returns: the signature for the boot ROM, of WIRE_SIGNATURE_SIZE bytes. If the boot ROM gets no
 * signature, the result is NULL. */
const uint8_t *service_signature(const struct service *service);

/* Guesses from the boot files whether the board becomes a disk or a fastboot device.
 * Returns: true if the boot files look like such files. */
bool service_usual_disk(struct service *service);

/* Opens a file for the board. If the previous call opened the same name, the function rewinds the
 * open file instead. *ret_bytes is the size of the file, or -1 if the file does not exist.
 * Returns: 0 or -Exxx. A missing file is no error. */
int service_file(struct service *service, const char *name, bool bootcode, int64_t *ret_bytes,
		 struct error *err);

/* Returns: a source for one read of the file that service_file() opened. The source is valid until
 * the next call of service_file(). */
struct xfer_source service_source(struct service *service);

/* Returns: true if a read from the last source failed. In that case, the file is the cause of a
 * failed transfer, and not the board. */
bool service_source_failed(const struct service *service);

/* Returns: the properties that the board reported. The caller adds new properties with
 * metadata_add(). */
struct metadata *service_metadata(struct service *service);

/* Returns: the state of the EEPROM recovery. The caller calls recovery_sent() and recovery_report()
 * on it. */
struct recovery *service_recovery(struct service *service);

#endif
