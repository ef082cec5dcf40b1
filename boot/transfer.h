/* SPDX-License-Identifier: Apache-2.0 */
/* Describes one USB transfer to or from a board. boot/boot.c creates the description, board/ passes
 * it on, and usb/transfer.c performs the transfer. */
#ifndef BOOT_TRANSFER_H
#define BOOT_TRANSFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

enum xfer_kind {
	/* A USB vendor request from the host to the board that carries no data. */
	XFER_CONTROL_OUT,
	/* A USB vendor request that reads `length` bytes from the board into the buffer `data`. */
	XFER_CONTROL_IN,
	/* A USB bulk transfer of `length` bytes to the board. The bytes are in `data`. If `data` is
	 * NULL, the callback in `source` supplies them. */
	XFER_BULK_OUT,
};

/* Supplies the bytes that are sent to a board, for example those of a file, one part after another.
 * read() returns the number of bytes in the next part (1 to size), or 0 if the content ended too
 * early, or a negative errno (see *err). */
struct xfer_source {
	ssize_t (*read)(void *ctx, void *buf, size_t size, struct error *err);
	void *ctx;
};

struct xfer {
	enum xfer_kind kind;
	/* The values for bRequest, wValue and wIndex in the setup packet of a USB transfer. */
	uint8_t request;
	uint16_t value, index;
	uint32_t length; /* number of bytes to transfer, may be 0 */
	/* The bytes of the USB transfer, or NULL.
	 * Ownership: the caller that starts the transfer keeps the bytes. They must stay valid
	 * until the transfer is complete. */
	void *data;
	struct xfer_source source; /* used if data is NULL */
	/* The maximum time in milliseconds that the board may stay silent before the USB transfer
	 * fails. If it is 0, only the limit of the option --stage-timeout applies. */
	unsigned int timeout_ms;
};

#endif
