/* SPDX-License-Identifier: Apache-2.0 */
/* A USB disk, from the device's side: the mass-storage class, bulk-only transport, and the SCSI
 * commands that an operating system sends to a disk. Its content is a file. Knows no descriptors
 * and no endpoint numbers, and no Raspberry Pi. */
#ifndef EMU_DISK_H
#define EMU_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMU_DISK_BLOCK_BYTES 512

struct emu_disk;

/* What goes wrong when the byte at fault_offset is reached. */
enum emu_disk_fault {
	EMU_DISK_FAULT_NONE,
	EMU_DISK_FAULT_WRITE,  /* writing it fails: medium error; the blocks before are written */
	EMU_DISK_FAULT_READ,   /* reading it fails likewise */
	EMU_DISK_FAULT_FLIP,   /* it is written with one bit wrong, and nobody is told */
	EMU_DISK_FAULT_VANISH, /* writing it finds the disk gone, for good */
};

struct emu_disk_config {
	const char *vendor;   /* up to 8 characters, as INQUIRY tells it */
	const char *product;  /* up to 16 */
	int fd;		      /* the content; stays the caller's */
	uint64_t bytes;	      /* capacity, a multiple of EMU_DISK_BLOCK_BYTES */
	bool read_only;	      /* write-protected, and says so */
	uint64_t bytes_per_s; /* of content, in both directions; 0: as fast as it can */
	enum emu_disk_fault fault;
	uint64_t fault_offset;
};

/* NULL: no memory. Ends with emu_disk_free(), which is NULL-safe and returns NULL. */
struct emu_disk *emu_disk_new(const struct emu_disk_config *config);
struct emu_disk *emu_disk_free(struct emu_disk *disk);

/* A class request to its interface: the length of the reply in data, or -EPIPE (stall). */
int emu_disk_control(struct emu_disk *disk, const uint8_t setup[8], uint8_t *data, size_t size);

/* What its two bulk endpoints do: the length taken or given, -EPIPE (stall), -ENODEV (it left), or
 * -EAGAIN (not now: retry after the next transfer in the other direction, and with bytes_per_s when
 * emu_disk_tick() says). */
int emu_disk_bulk_out(struct emu_disk *disk, const uint8_t *data, size_t size);
int emu_disk_bulk_in(struct emu_disk *disk, uint8_t *data, size_t size);

/* Only with bytes_per_s, before each transfer: tells it the time. Returns when it answers again,
 * UINT64_MAX: it is not busy. */
uint64_t emu_disk_tick(struct emu_disk *disk, uint64_t now_ms);

/* Blocks that the host wrote and read so far, in bytes. */
uint64_t emu_disk_written(const struct emu_disk *disk);
uint64_t emu_disk_read(const struct emu_disk *disk);

#endif
