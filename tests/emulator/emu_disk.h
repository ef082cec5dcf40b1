/* SPDX-License-Identifier: Apache-2.0 */
/* A USB disk, seen from the device: the mass-storage class with bulk-only transport, and the SCSI
 * commands that an operating system sends. A file has its content. The disk does not know
 * descriptors, endpoint numbers or the boot protocol. */
#ifndef EMU_DISK_H
#define EMU_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMU_DISK_BLOCK_BYTES 512

struct emu_disk;

/* The fault at the byte fault_offset. */
enum emu_disk_fault {
	EMU_DISK_FAULT_NONE,
	EMU_DISK_FAULT_WRITE, /* a write fails with a medium error; the blocks before are written */
	EMU_DISK_FAULT_READ,  /* a read fails likewise */
	EMU_DISK_FAULT_FLIP,  /* a write flips one bit without an error */
	EMU_DISK_FAULT_VANISH, /* a write removes the disk for good */
};

struct emu_disk_config {
	const char *vendor;   /* for INQUIRY, up to 8 characters */
	const char *product;  /* up to 16 */
	int fd;		      /* the content; the caller keeps and closes it */
	uint64_t bytes;	      /* capacity, a multiple of EMU_DISK_BLOCK_BYTES */
	bool read_only;	      /* write-protected, and reports it */
	uint64_t bytes_per_s; /* rate of content in both directions; 0: unlimited */
	enum emu_disk_fault fault;
	uint64_t fault_offset;
};

/* Returns: a new disk, or NULL (no memory). Ownership: the caller frees it with emu_disk_free(),
 * which accepts NULL and returns NULL. */
struct emu_disk *emu_disk_new(const struct emu_disk_config *config);
struct emu_disk *emu_disk_free(struct emu_disk *disk);

/* Handles a class request to the interface. Returns: the length of the reply in data, or -EPIPE
 * (stall). */
int emu_disk_control(struct emu_disk *disk, const uint8_t setup[8], uint8_t *data, size_t size);

/* The two bulk endpoints.
 * Return: the length taken or given, -EPIPE (stall), -ENODEV (the disk left), or -EAGAIN (retry
 * after the next transfer in the other direction, and with bytes_per_s at the time of
 * emu_disk_tick()). */
int emu_disk_bulk_out(struct emu_disk *disk, const uint8_t *data, size_t size);
int emu_disk_bulk_in(struct emu_disk *disk, uint8_t *data, size_t size);

/* Sets the time. With bytes_per_s, call it before each transfer. Returns: the time at which the
 * disk answers again, or UINT64_MAX (it is not busy). */
uint64_t emu_disk_tick(struct emu_disk *disk, uint64_t now_ms);

/* Return: the bytes of the blocks that the host has written and read. */
uint64_t emu_disk_written(const struct emu_disk *disk);
uint64_t emu_disk_read(const struct emu_disk *disk);

#endif
