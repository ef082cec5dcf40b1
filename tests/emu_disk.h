/* SPDX-License-Identifier: Apache-2.0 */
/* A USB disk, from the device's side: the mass-storage class, bulk-only transport, and the SCSI
 * commands that an operating system sends to a disk. Its content is a file. Knows no descriptors
 * and no endpoint numbers, and no Raspberry Pi. */
#ifndef EMU_DISK_H
#define EMU_DISK_H

#include <stddef.h>
#include <stdint.h>

#define EMU_DISK_BLOCK_BYTES 512

struct emu_disk;

struct emu_disk_config {
	const char *vendor;  /* up to 8 characters, as INQUIRY tells it */
	const char *product; /* up to 16 */
	int fd;		     /* the content; stays the caller's */
	uint64_t bytes;	     /* capacity, a multiple of EMU_DISK_BLOCK_BYTES */
};

/* NULL: no memory. Ends with emu_disk_free(), which is NULL-safe and returns NULL. */
struct emu_disk *emu_disk_new(const struct emu_disk_config *config);
struct emu_disk *emu_disk_free(struct emu_disk *disk);

/* A class request to its interface: the length of the reply in data, or -EPIPE (stall). */
int emu_disk_control(struct emu_disk *disk, const uint8_t setup[8], uint8_t *data, size_t size);

/* What its two bulk endpoints do: the length taken or given, -EPIPE (stall), or -EAGAIN (not now:
 * retry after the next transfer in the other direction). */
int emu_disk_bulk_out(struct emu_disk *disk, const uint8_t *data, size_t size);
int emu_disk_bulk_in(struct emu_disk *disk, uint8_t *data, size_t size);

/* Blocks that the host wrote and read so far, in bytes. */
uint64_t emu_disk_written(const struct emu_disk *disk);
uint64_t emu_disk_read(const struct emu_disk *disk);

#endif
