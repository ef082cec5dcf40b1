/* SPDX-License-Identifier: Apache-2.0 */
/* The description of one USB transfer. boot/boot.c creates the description, board/ passes it on,
 * and usb/transfer.c performs the transfer. Only boot/ knows what the fields mean. */
#ifndef BOOT_TRANSFER_H
#define BOOT_TRANSFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

enum xfer_kind {
	/* A vendor request without a data stage. */
	XFER_CONTROL_OUT,
	/* A vendor request that reads `length` bytes into data. */
	XFER_CONTROL_IN,
	/* `length` bytes from data. If data is NULL, the bytes come from source. */
	XFER_BULK_OUT,
};

/* A producer of bytes to send, which are read in order. read() returns the number of bytes (1 to
 * size), or 0 if the content ended too early, or a negative errno (see *err). */
struct xfer_source {
	ssize_t (*read)(void *ctx, void *buf, size_t size, struct error *err);
	void *ctx;
};

struct xfer {
	enum xfer_kind kind;
	/* The fields bRequest, wValue and wIndex of a control transfer. */
	uint8_t request;
	uint16_t value, index;
	uint32_t length; /* bytes of data, or 0 */
	/* Ownership: the creator of this description owns the data. The data must be valid until
	 * the transfer is complete. */
	void *data;
	struct xfer_source source; /* used if data is NULL */
	/* The longest time without progress. 0 means that the timeout of the board's stage applies.
	 */
	unsigned int timeout_ms;
};

#endif
