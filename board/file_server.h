/* SPDX-License-Identifier: Apache-2.0 */
/* Provides the data that the host sends to one board: the files of the boot directory, and the
 * signature for the boot ROM. It also keeps the properties that the board reports. */
#ifndef BOARD_FILE_SERVER_H
#define BOARD_FILE_SERVER_H

#include "board/board.h"
#include "boot/transfer.h"

#include <stdbool.h>
#include <stdint.h>

struct chip;
struct error;
struct metadata;
struct recover_file;
struct recovery;
struct service;

/* Finds the boot directory for boards with this chip.
 * Returns: 0, or -Exxx with a sentence that names the missing or damaged file.
 * Ownership: the caller frees the result with service_free(), which accepts NULL and returns NULL.
 * context and port must outlive the result. */
int service_new(struct service **ret, const struct context *context, const struct chip *chip,
		const char *port, struct error *err);
struct service *service_free(struct service *service);

/* Provides files in memory to the board instead of its boot directory, until service_open_files()
 * is called.
 * source: the path from which the files were read, for messages.
 * count: at most RECOVER_OFFERED_MAX.
 * Ownership: the data of the files and source must outlive the service. */
#define RECOVER_OFFERED_MAX 4
void service_offer(struct service *service, const char *source, const struct recover_file *files,
		   size_t count);

/* Opens the boot directory. From now on, the board receives the files of this directory, and no
 * longer the files in memory that service_offer() provided.
 * Returns: 0, or -Exxx with a sentence that names the missing or damaged file. */
int service_open_files(struct service *service, struct error *err);

/* Checks that the bootcode (the file for the boot ROM) is usable. With the option -s, also loads
 * its signature.
 * Returns: 0, or -Exxx with a sentence. */
int service_check_rom(struct service *service, struct error *err);

/* Finds a likely reason why the boot ROM refused the bootcode (the program for the boot ROM).
 * Returns: true if the bootcode ends with a customer's signature block, which only a board locked
 * to the customer's key accepts. */
bool service_is_countersigned(const struct service *service);

/* Returns: the path of the boot directory. */
const char *service_dir(const struct service *service);

/* Returns: the signature of the bootcode (WIRE_SIGNATURE_SIZE bytes), or NULL if the host sends
 * none. */
const uint8_t *service_signature(const struct service *service);

/* Guesses from the boot files whether the board will become a disk or a fastboot device.
 * Returns: true if this is probable. */
bool service_usual_disk(struct service *service);

/* Opens a file for the board. If the previous call opened the same name, rewinds the open file
 * instead. *ret_bytes is the size of the file, or -1 if the file does not exist.
 * Returns: 0, or -Exxx with a sentence. A missing file is no error. */
int service_file(struct service *service, const char *name, bool bootcode, int64_t *ret_bytes,
		 struct error *err);

/* Returns: the source of the data for one USB transfer: it reads the file that service_file()
 * opened. It is valid until the next call of service_file(). */
struct xfer_source service_source(struct service *service);

/* Returns: true if the last USB transfer failed because the host could not read the boot file, and
 * not because of the board. */
bool service_source_failed(const struct service *service);

/* Returns: the list of properties that the board reported. The caller adds new properties to this
 * list with metadata_add(). */
struct metadata *service_metadata(struct service *service);

/* Returns: the list of facts about the update of the board's EEPROM. The caller adds new facts to
 * this list with recovery_sent() and recovery_report(). */
struct recovery *service_recovery(struct service *service);

#endif
