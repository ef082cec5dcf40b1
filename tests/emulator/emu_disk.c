/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of a disk: a command wrapper, data in one direction, a status wrapper. The disk
 * never stalls an unknown command: the class allows it to end the data early instead. */
#include "tests/emulator/emu_disk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* USB Mass Storage Class, Bulk-Only Transport 1.0, sections 3 and 5. */
#define CBW_SIZE      31
#define CBW_SIGNATURE 0x43425355
#define CSW_SIZE      13
#define CSW_SIGNATURE 0x53425355
#define GET_MAX_LUN   0xfe
#define RESET	      0xff

/* SCSI Primary Commands 4 and SCSI Block Commands 3. */
enum scsi {
	TEST_UNIT_READY = 0x00,
	REQUEST_SENSE = 0x03,
	INQUIRY = 0x12,
	MODE_SENSE_6 = 0x1a,
	START_STOP_UNIT = 0x1b,
	PREVENT_REMOVAL = 0x1e,
	READ_CAPACITY_10 = 0x25,
	READ_10 = 0x28,
	WRITE_10 = 0x2a,
	SYNCHRONIZE_CACHE_10 = 0x35,
	MODE_SENSE_10 = 0x5a,
	READ_16 = 0x88,
	WRITE_16 = 0x8a,
	SYNCHRONIZE_CACHE_16 = 0x91,
	SERVICE_ACTION_IN_16 = 0x9e, /* with action 0x10: READ CAPACITY(16) */
};

#define SENSE_WRITE_ERROR  0x030c00 /* key, additional code, qualifier */
#define SENSE_READ_ERROR   0x031100
#define SENSE_BAD_COMMAND  0x052000
#define SENSE_OUT_OF_RANGE 0x052100
#define SENSE_BAD_FIELD	   0x052400
#define SENSE_PROTECTED	   0x072700

/* A pause of the host up to this time does not lower the rate, as in a device with a buffer.
 * Otherwise the cost of commands and timers would lower the rate. */
#define SLACK_US 20000

#define WRITE_PROTECT 0x80 /* in the header that MODE SENSE returns */

enum phase { PHASE_COMMAND, PHASE_OUT, PHASE_IN, PHASE_STATUS, PHASE_BROKEN };

struct emu_disk {
	struct emu_disk_config config; /* without its strings */
	bool gone;
	uint64_t now_us, busy_until_us;
	char vendor[8], product[16];
	enum phase phase;
	uint32_t tag;
	uint64_t host_left;   /* bytes of the command that the host still expects to move */
	uint64_t device_left; /* bytes of the command that the disk still has */
	bool from_file;	      /* the bytes are in the file at offset; otherwise in reply */
	uint64_t offset;
	uint8_t reply[64];
	uint64_t dropped; /* bytes from the host that were discarded */
	uint32_t sense;	  /* of the last command that failed */
	bool failed, phase_error;
	uint64_t written, read;
};

static uint64_t get_be(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

static void put_be(uint8_t *ret, size_t size, uint64_t value)
{
	for (; size > 0; value >>= 8)
		ret[--size] = (uint8_t)value;
}

static uint32_t get_le32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static void put_le32(uint8_t *ret, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		ret[i] = (uint8_t)(value >> 8 * i);
}

/* SCSI pads its strings with spaces. */
static void put_text(char *ret, size_t size, const char *text)
{
	size_t length = strnlen(text, size);

	memcpy(ret, text, length);
	memset(ret + length, ' ', size - length);
}

struct emu_disk *emu_disk_new(const struct emu_disk_config *config)
{
	struct emu_disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return NULL;
	disk->config = *config;
	put_text(disk->vendor, sizeof(disk->vendor), config->vendor);
	put_text(disk->product, sizeof(disk->product), config->product);
	return disk;
}

struct emu_disk *emu_disk_free(struct emu_disk *disk)
{
	free(disk);
	return NULL;
}

int emu_disk_control(struct emu_disk *disk, const uint8_t setup[8], uint8_t *data, size_t size)
{
	if (disk->gone)
		return -ENODEV;
	if (setup[0] == 0xa1 && setup[1] == GET_MAX_LUN && size >= 1) {
		data[0] = 0;
		return 1;
	}
	if (setup[0] == 0x21 && setup[1] == RESET) {
		disk->phase = PHASE_COMMAND;
		return 0;
	}
	return -EPIPE;
}

static void command_fail(struct emu_disk *disk, uint32_t sense)
{
	disk->failed = true;
	disk->sense = sense;
	disk->device_left = 0;
}

/* The reply is size bytes of disk->reply, or less if the host allocated less. */
static void command_reply(struct emu_disk *disk, size_t size, uint64_t allocated)
{
	disk->device_left = size < allocated ? size : allocated;
}

static void command_io(struct emu_disk *disk, uint64_t block, uint64_t count, bool write)
{
	uint64_t blocks = disk->config.bytes / EMU_DISK_BLOCK_BYTES;

	if (block > blocks || count > blocks - block) {
		command_fail(disk, SENSE_OUT_OF_RANGE);
	} else if (write && disk->config.read_only) {
		command_fail(disk, SENSE_PROTECTED);
	} else if (write != (disk->phase == PHASE_OUT) && count > 0) {
		command_fail(disk, SENSE_BAD_FIELD);
	} else {
		disk->from_file = true;
		disk->offset = block * EMU_DISK_BLOCK_BYTES;
		disk->device_left = count * EMU_DISK_BLOCK_BYTES;
	}
}

static void command_inquiry(struct emu_disk *disk, const uint8_t *cdb)
{
	uint8_t *reply = disk->reply;

	if (cdb[1] & 1) { /* vital product data: not supported */
		command_fail(disk, SENSE_BAD_FIELD);
		return;
	}
	reply[1] = 0x80; /* removable */
	reply[2] = 4;	 /* SPC-2 */
	reply[3] = 2;	 /* format of this reply */
	reply[4] = 36 - 5;
	memcpy(reply + 8, disk->vendor, sizeof(disk->vendor));
	memcpy(reply + 16, disk->product, sizeof(disk->product));
	memcpy(reply + 32, "0001", 4);
	command_reply(disk, 36, get_be(cdb + 3, 2));
}

static void command_capacity(struct emu_disk *disk, const uint8_t *cdb)
{
	uint64_t last = disk->config.bytes / EMU_DISK_BLOCK_BYTES - 1;

	if (cdb[0] == READ_CAPACITY_10) {
		put_be(disk->reply, 4, last < UINT32_MAX ? last : UINT32_MAX);
		put_be(disk->reply + 4, 4, EMU_DISK_BLOCK_BYTES);
		command_reply(disk, 8, 8);
	} else if ((cdb[1] & 0x1f) == 0x10) {
		put_be(disk->reply, 8, last);
		put_be(disk->reply + 8, 4, EMU_DISK_BLOCK_BYTES);
		command_reply(disk, 32, get_be(cdb + 10, 4));
	} else {
		command_fail(disk, SENSE_BAD_FIELD);
	}
}

static void command_sense(struct emu_disk *disk, const uint8_t *cdb)
{
	disk->reply[0] = 0x70;
	disk->reply[2] = (uint8_t)(disk->sense >> 16);
	disk->reply[7] = 18 - 8;
	disk->reply[12] = (uint8_t)(disk->sense >> 8);
	disk->reply[13] = (uint8_t)disk->sense;
	disk->sense = 0;
	command_reply(disk, 18, cdb[4]);
}

static void command_run(struct emu_disk *disk, const uint8_t *cdb)
{
	memset(disk->reply, 0, sizeof(disk->reply));
	switch ((enum scsi)cdb[0]) {
	case TEST_UNIT_READY:
	case START_STOP_UNIT:
	case PREVENT_REMOVAL:
		return;
	case SYNCHRONIZE_CACHE_10:
	case SYNCHRONIZE_CACHE_16:
		if (fdatasync(disk->config.fd) < 0 && errno != EINVAL)
			command_fail(disk, SENSE_WRITE_ERROR);
		return;
	case REQUEST_SENSE:
		command_sense(disk, cdb);
		return;
	case INQUIRY:
		command_inquiry(disk, cdb);
		return;
	case MODE_SENSE_6: /* only the header with the write protection; no pages */
		disk->reply[0] = 4 - 1;
		disk->reply[2] = disk->config.read_only ? WRITE_PROTECT : 0;
		command_reply(disk, 4, cdb[4]);
		return;
	case MODE_SENSE_10:
		disk->reply[1] = 8 - 2;
		disk->reply[3] = disk->config.read_only ? WRITE_PROTECT : 0;
		command_reply(disk, 8, get_be(cdb + 7, 2));
		return;
	case READ_CAPACITY_10:
	case SERVICE_ACTION_IN_16:
		command_capacity(disk, cdb);
		return;
	case READ_10:
	case WRITE_10:
		command_io(disk, get_be(cdb + 2, 4), get_be(cdb + 7, 2), cdb[0] == WRITE_10);
		return;
	case READ_16:
	case WRITE_16:
		command_io(disk, get_be(cdb + 2, 8), get_be(cdb + 10, 4), cdb[0] == WRITE_16);
		return;
	}
	command_fail(disk, SENSE_BAD_COMMAND);
}

static int command_take(struct emu_disk *disk, const uint8_t *cbw, size_t size)
{
	if (size != CBW_SIZE || get_le32(cbw) != CBW_SIGNATURE || cbw[13] != 0 || cbw[14] < 1 ||
	    cbw[14] > 16) {
		disk->phase = PHASE_BROKEN; /* until the host resets it */
		return -EPIPE;
	}
	disk->tag = get_le32(cbw + 4);
	disk->host_left = get_le32(cbw + 8);
	disk->device_left = 0;
	disk->offset = 0;
	disk->from_file = false;
	disk->failed = disk->phase_error = false;
	disk->dropped = 0;
	disk->phase = cbw[12] & 0x80 ? PHASE_IN : PHASE_OUT;
	command_run(disk, cbw + 15);
	if (disk->device_left > disk->host_left) { /* 6.7: cases 2, 3, 7 and 13 */
		disk->phase_error = true;
		disk->device_left = disk->host_left;
	}
	if (disk->host_left == 0)
		disk->phase = PHASE_STATUS;
	return CBW_SIZE;
}

/* Returns: true if the fault is of this kind and these bytes have the byte of the fault. */
static bool fault_strikes(const struct emu_disk *disk, enum emu_disk_fault fault, size_t size)
{
	uint64_t at = disk->config.fault_offset;

	return disk->config.fault == fault && at >= disk->offset && at - disk->offset < size;
}

/* Returns: the bytes of a transfer that succeed: whole blocks before the block of the fault. */
static size_t fault_before(const struct emu_disk *disk)
{
	uint64_t block = disk->config.fault_offset / EMU_DISK_BLOCK_BYTES * EMU_DISK_BLOCK_BYTES;

	return block > disk->offset ? (size_t)(block - disk->offset) : 0;
}

static void content_moved(struct emu_disk *disk, size_t size)
{
	uint64_t start_us = disk->busy_until_us;

	disk->offset += size;
	disk->device_left -= size;
	if (disk->config.bytes_per_s == 0)
		return;
	if (start_us + SLACK_US < disk->now_us)
		start_us = disk->now_us;
	disk->busy_until_us = start_us + size * UINT64_C(1000000) / disk->config.bytes_per_s;
}

static bool content_busy(const struct emu_disk *disk)
{
	return disk->busy_until_us > disk->now_us;
}

uint64_t emu_disk_tick(struct emu_disk *disk, uint64_t now_ms)
{
	disk->now_us = now_ms * 1000;
	return content_busy(disk) ? (disk->busy_until_us + 999) / 1000 : UINT64_MAX;
}

static int content_flip(struct emu_disk *disk, const uint8_t *data)
{
	uint64_t at = disk->config.fault_offset;
	uint8_t byte = data[at - disk->offset] ^ 0x10;

	return pwrite(disk->config.fd, &byte, 1, (off_t)at) == 1 ? 0 : -EIO;
}

static void content_write(struct emu_disk *disk, const uint8_t *data, size_t size)
{
	bool fails = fault_strikes(disk, EMU_DISK_FAULT_WRITE, size);

	if (fails)
		size = fault_before(disk);
	if (pwrite(disk->config.fd, data, size, (off_t)disk->offset) != (ssize_t)size ||
	    (fault_strikes(disk, EMU_DISK_FAULT_FLIP, size) && content_flip(disk, data) < 0)) {
		command_fail(disk, SENSE_WRITE_ERROR);
		return;
	}
	disk->written += size;
	content_moved(disk, size);
	if (fails)
		command_fail(disk, SENSE_WRITE_ERROR);
}

int emu_disk_bulk_out(struct emu_disk *disk, const uint8_t *data, size_t size)
{
	uint64_t moved;
	size_t take;

	if (disk->gone)
		return -ENODEV;
	switch (disk->phase) {
	case PHASE_COMMAND:
		return content_busy(disk) ? -EAGAIN : command_take(disk, data, size);
	case PHASE_OUT:
		break;
	case PHASE_IN:
	case PHASE_STATUS:
		return -EAGAIN;
	case PHASE_BROKEN:
		return -EPIPE;
	}
	if (content_busy(disk))
		return -EAGAIN;
	if (size > disk->host_left) {
		disk->phase = PHASE_BROKEN;
		return -EPIPE;
	}
	/* Take and discard the bytes that the command does not use. */
	take = size < disk->device_left ? size : disk->device_left;
	disk->gone = disk->from_file && fault_strikes(disk, EMU_DISK_FAULT_VANISH, take);
	if (disk->gone)
		return -ENODEV;
	moved = disk->written;
	if (take > 0 && disk->from_file)
		content_write(disk, data, take);
	disk->dropped += size - (size_t)(disk->written - moved);
	disk->host_left -= size;
	if (disk->host_left == 0)
		disk->phase = PHASE_STATUS;
	return (int)size;
}

static int status_give(struct emu_disk *disk, uint8_t *data, size_t size)
{
	if (size < CSW_SIZE)
		return -EPIPE;
	put_le32(data, CSW_SIGNATURE);
	put_le32(data + 4, disk->tag);
	put_le32(data + 8, (uint32_t)(disk->host_left + disk->dropped));
	data[12] = disk->phase_error ? 2 : disk->failed;
	disk->phase = PHASE_COMMAND;
	return CSW_SIZE;
}

/* Returns: the bytes read, less than size at an unreadable byte. */
static size_t content_read(struct emu_disk *disk, uint8_t *data, size_t size)
{
	bool fails = fault_strikes(disk, EMU_DISK_FAULT_READ, size);

	if (fails)
		size = fault_before(disk);
	if (pread(disk->config.fd, data, size, (off_t)disk->offset) != (ssize_t)size) {
		command_fail(disk, SENSE_READ_ERROR);
		return 0;
	}
	disk->read += size;
	content_moved(disk, size);
	if (fails)
		command_fail(disk, SENSE_READ_ERROR);
	return size;
}

int emu_disk_bulk_in(struct emu_disk *disk, uint8_t *data, size_t size)
{
	size_t give;

	if (disk->gone)
		return -ENODEV;
	switch (disk->phase) {
	case PHASE_COMMAND:
	case PHASE_OUT:
		return -EAGAIN;
	case PHASE_STATUS:
		return content_busy(disk) ? -EAGAIN : status_give(disk, data, size);
	case PHASE_BROKEN:
		return -EPIPE;
	case PHASE_IN:
		break;
	}
	if (content_busy(disk))
		return -EAGAIN;
	give = size < disk->device_left ? size : disk->device_left;
	if (disk->from_file) {
		give = content_read(disk, data, give);
	} else {
		memcpy(data, disk->reply + disk->offset, give);
		disk->offset += give;
		disk->device_left -= give;
	}
	disk->host_left -= give;
	if (give < size || disk->host_left == 0) /* a short packet ends the data */
		disk->phase = PHASE_STATUS;
	return (int)give;
}

uint64_t emu_disk_written(const struct emu_disk *disk)
{
	return disk->written;
}

uint64_t emu_disk_read(const struct emu_disk *disk)
{
	return disk->read;
}
