/* SPDX-License-Identifier: Apache-2.0 */
/* One USB transfer, described: spoken by boot.c (which wants it), board.c (which passes it on) and
 * usb.c (which does it). No type of any USB library is in it. */
#ifndef XFER_H
#define XFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

enum xfer_kind {
	XFER_CONTROL_OUT, /* vendor request 0, no data stage; `length` travels in wValue (low half)
			     and wIndex */
	XFER_CONTROL_IN,  /* vendor request 0, `length` bytes (at most 65535) into data; `length`
			     travels likewise */
	XFER_BULK_OUT,	  /* `length` bytes from data, or from source where data is NULL */
};

/* Bytes to send, taken in order. read() gives 1..size bytes, or 0 where the content ended too
 * early, or -Exxx (*err). */
struct xfer_source {
	ssize_t (*read)(void *ctx, void *buf, size_t size, struct error *err);
	void *ctx;
};

struct xfer {
	enum xfer_kind kind;
	uint32_t length; /* bytes */
	void *data; /* stays the property of whoever describes the transfer, valid until it is over
		     */
	struct xfer_source source; /* bulk OUT without data */
	unsigned int timeout_ms;   /* longest time without progress; 0: as long as the board's stage
				      may be silent */
};

#endif
