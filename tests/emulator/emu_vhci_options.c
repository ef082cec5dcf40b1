/* SPDX-License-Identifier: Apache-2.0 */
/* Parses "port=0,chip=2711,truth=DIR,..." into struct vhci_board. */
#include "tests/emulator/emu_recovery.h"
#include "tests/emulator/emu_vhci_board.h"

#include "util/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_BYTES_MAX (4 * 1024 * 1024)

struct word {
	const char *word;
	int value;
};

static const struct word chips[] = {
	{"2835", EMU_BCM2835}, {"2837", EMU_BCM2837}, {"2837-storage", EMU_BCM2837_STORAGE},
	{"2711", EMU_BCM2711}, {"2712", EMU_BCM2712}, {NULL, 0},
};
static const struct word afters[] = {
	{"nothing", EMU_AFTER_NOTHING},
	{"msd", EMU_AFTER_MSD},
	{"gadget64", EMU_AFTER_GADGET64},
	{"gadget", EMU_AFTER_GADGET},
	{"rom", EMU_AFTER_ROM},
	{"fastboot", EMU_AFTER_FASTBOOT},
	{"mouse", EMU_AFTER_MOUSE},
	{"stick", EMU_AFTER_STICK},
	{NULL, 0},
};
static const struct word faults[] = {
	{"none", EMU_FAULT_NONE},
	{"vanish", EMU_FAULT_VANISH},
	{"stall", EMU_FAULT_STALL},
	{"silent", EMU_FAULT_SILENT},
	{"status", EMU_FAULT_STATUS},
	{"refused", EMU_FAULT_REFUSED},
	{"no-return", EMU_FAULT_NO_RETURN},
	{"rom-again", EMU_FAULT_ROM_AGAIN},
	{"other", EMU_FAULT_OTHER_DEVICE},
	{"no-disk", EMU_FAULT_NO_DISK},
	{"late", EMU_FAULT_LATE},
	{"reset", EMU_FAULT_RESET},
	{"reboot", EMU_FAULT_REBOOT},
	{"swap", EMU_FAULT_SWAP},
	{"short", EMU_FAULT_SHORT},
	{"extra", EMU_FAULT_EXTRA},
	{"garbage", EMU_FAULT_GARBAGE},
	{"command", EMU_FAULT_COMMAND},
	{NULL, 0},
};

static const struct word moments[] = {
	{"any", EMU_MOMENT_ANY},
	{"ask", EMU_MOMENT_ASK},
	{"answer", EMU_MOMENT_ANSWER},
	{"data", EMU_MOMENT_DATA},
	{NULL, 0},
};

static int word_find(const struct word *words, const char *text)
{
	for (; words->word; words++)
		if (strcmp(words->word, text) == 0)
			return words->value;
	return -1;
}

static const struct word disk_faults[] = {
	{"none", EMU_DISK_FAULT_NONE},	   {"write", EMU_DISK_FAULT_WRITE},
	{"read", EMU_DISK_FAULT_READ},	   {"flip", EMU_DISK_FAULT_FLIP},
	{"vanish", EMU_DISK_FAULT_VANISH}, {NULL, 0},
};

enum option {
	OPTION_PORT,
	OPTION_CHIP,
	OPTION_SERIAL,
	OPTION_TRUTH,
	OPTION_PAYLOAD,
	OPTION_BOOTCODE,
	OPTION_AFTER,
	OPTION_DISK,
	OPTION_DISK_MB,
	OPTION_DISKS,
	OPTION_READ_ONLY,
	OPTION_DISK_RATE,
	OPTION_DISK_FAULT,
	OPTION_DISK_FAULT_AT,
	OPTION_GAP,
	OPTION_DROP,
	OPTION_FAULT,
	OPTION_FAULT_STAGE,
	OPTION_FAULT_STEP,
	OPTION_FAULT_BYTES,
	OPTION_FAULT_STATUS,
	OPTION_FAULT_MOMENT,
	OPTION_FAULT_SEED,
	OPTION_FAULT_BOOT,
	OPTION_LATE,
	OPTION_SECOND_STAGE,
	OPTION_PLAIN_DISK,
	OPTION_WALKS,
	OPTION_MUTE,
};

static const struct word options[] = {
	{"port", OPTION_PORT},
	{"chip", OPTION_CHIP},
	{"serial", OPTION_SERIAL},
	{"truth", OPTION_TRUTH},
	{"payload", OPTION_PAYLOAD},
	{"bootcode", OPTION_BOOTCODE},
	{"after", OPTION_AFTER},
	{"disk", OPTION_DISK},
	{"disk_mb", OPTION_DISK_MB},
	{"disks", OPTION_DISKS},
	{"read_only", OPTION_READ_ONLY},
	{"disk_rate", OPTION_DISK_RATE},
	{"disk_fault", OPTION_DISK_FAULT},
	{"disk_fault_at", OPTION_DISK_FAULT_AT},
	{"gap", OPTION_GAP},
	{"drop", OPTION_DROP},
	{"fault", OPTION_FAULT},
	{"fault_stage", OPTION_FAULT_STAGE},
	{"fault_step", OPTION_FAULT_STEP},
	{"fault_bytes", OPTION_FAULT_BYTES},
	{"fault_status", OPTION_FAULT_STATUS},
	{"fault_moment", OPTION_FAULT_MOMENT},
	{"fault_seed", OPTION_FAULT_SEED},
	{"fault_boot", OPTION_FAULT_BOOT},
	{"late", OPTION_LATE},
	{"second_stage", OPTION_SECOND_STAGE},
	{"plain_disk", OPTION_PLAIN_DISK},
	{"walks", OPTION_WALKS},
	{"mute", OPTION_MUTE},
	{NULL, 0},
};

/* "10M" is 10 MB. */
static int number_parse(const char *text, unsigned long *ret)
{
	static const struct word units[] = {{"", 1}, {"K", 1000}, {"M", 1000000}, {NULL, 0}};
	char *end;
	int unit;

	*ret = strtoul(text, &end, 0);
	unit = end == text ? -1 : word_find(units, end);
	*ret *= unit > 0 ? (unsigned long)unit : 1;
	return unit > 0 ? 0 : -1;
}

/* Returns: the flag of an option with the value 0 or 1, or NULL (it is another kind of option). */
static bool *option_flag(struct vhci_board *board, enum option option)
{
	if (option == OPTION_READ_ONLY)
		return &board->disk_config.read_only;
	if (option == OPTION_LATE)
		return &board->late;
	if (option == OPTION_SECOND_STAGE)
		return &board->config.starts_in_second_stage;
	if (option == OPTION_PLAIN_DISK)
		return &board->config.starts_as_after;
	if (option == OPTION_WALKS)
		return &board->config.walks;
	return option == OPTION_MUTE ? &board->mute : NULL;
}

static int option_number(struct vhci_board *board, enum option option, unsigned long number)
{
	struct emu_config *config = &board->config;
	bool *flag = option_flag(board, option);

	if (flag)
		*flag = number;
	else if (option == OPTION_PORT)
		board->port = (unsigned int)number;
	else if (option == OPTION_DISK_MB)
		board->disk_mib = (unsigned int)number;
	else if (option == OPTION_DISKS && number >= 1 && number <= VHCI_DISKS)
		config->disks = (unsigned int)number;
	else if (option == OPTION_DISK_RATE)
		board->disk_config.bytes_per_s = number;
	else if (option == OPTION_DISK_FAULT_AT)
		board->disk_config.fault_offset = number;
	else if (option == OPTION_GAP)
		config->gap_ms = (unsigned int)number;
	else if (option == OPTION_DROP)
		config->drop_ms = (unsigned int)number;
	else if (option == OPTION_FAULT_STEP)
		config->fault_step = number;
	else if (option == OPTION_FAULT_BYTES)
		config->fault_bytes = number;
	else if (option == OPTION_FAULT_STATUS)
		config->fault_status = (int32_t)number;
	else if (option == OPTION_FAULT_SEED)
		config->fault_seed = (uint32_t)number;
	else if (option == OPTION_FAULT_BOOT)
		config->fault_boot = (unsigned int)number;
	else
		return -1;
	return 0;
}

/* payload: the name of a preset, or a path (with a '/') of a file with the text. */
static int option_set(struct vhci_board *board, enum option option, char *value,
		      const char **ret_payload)
{
	struct emu_config *config = &board->config;
	unsigned long number;

	switch (option) {
	case OPTION_CHIP:
		config->chip = (enum emu_chip)word_find(chips, value);
		return (int)config->chip;
	case OPTION_AFTER:
		config->after = (enum emu_after)word_find(afters, value);
		return (int)config->after;
	case OPTION_FAULT:
		config->fault = (enum emu_fault)word_find(faults, value);
		return (int)config->fault;
	case OPTION_FAULT_MOMENT:
		config->fault_moment = (enum emu_moment)word_find(moments, value);
		return (int)config->fault_moment;
	case OPTION_DISK_FAULT:
		board->disk_config.fault = (enum emu_disk_fault)word_find(disk_faults, value);
		return (int)board->disk_config.fault;
	case OPTION_FAULT_STAGE:
		config->fault_in_rom = strcmp(value, "rom") == 0;
		return config->fault_in_rom || strcmp(value, "files") == 0 ? 0 : -1;
	case OPTION_SERIAL:
		config->serial = value;
		return 0;
	case OPTION_TRUTH:
		config->truth = value;
		return 0;
	case OPTION_PAYLOAD:
		*ret_payload = value;
		return 0;
	case OPTION_BOOTCODE:
		config->bootcode_content = value;
		return 0;
	case OPTION_DISK:
		board->disk_path = value;
		return 0;
	case OPTION_PORT:
	case OPTION_DISK_MB:
	case OPTION_DISKS:
	case OPTION_READ_ONLY:
	case OPTION_DISK_RATE:
	case OPTION_DISK_FAULT_AT:
	case OPTION_GAP:
	case OPTION_DROP:
	case OPTION_FAULT_STEP:
	case OPTION_FAULT_BYTES:
	case OPTION_FAULT_STATUS:
	case OPTION_FAULT_SEED:
	case OPTION_FAULT_BOOT:
	case OPTION_LATE:
	case OPTION_SECOND_STAGE:
	case OPTION_PLAIN_DISK:
	case OPTION_WALKS:
	case OPTION_MUTE:
		break;
	}
	return number_parse(value, &number) < 0 ? -1 : option_number(board, option, number);
}

static int board_payload(struct vhci_board *board, const char *name)
{
	const char *text = emu_payload_preset(board->config.chip, name);
	cleanup_free char *own = NULL;
	char why[128] = "there is no such payload";

	if (!text && strchr(name, '/')) {
		FILE *file = fopen(name, "r");

		if (file) {
			size_t size = 0;

			own = calloc(1, PAYLOAD_BYTES_MAX);
			if (own)
				size = fread(own, 1, PAYLOAD_BYTES_MAX, file);
			if (size > 0 && size < PAYLOAD_BYTES_MAX)
				text = own;
			fclose(file);
		}
	}
	if (!text ||
	    emu_payload_parse(&board->payload, text, board->config.truth, why, sizeof(why)) < 0) {
		fprintf(stderr, "payload %s: %s\n", name, why);
		return -1;
	}
	board->config.steps = board->payload.steps;
	board->config.step_count = board->payload.count;
	return 0;
}

/* An unknown option of the board is an option of its recovery. */
static int board_option(struct vhci_board *board, const char *name, char *value,
			const char **ret_payload)
{
	int option = word_find(options, name);

	if (option >= 0)
		return option_set(board, (enum option)option, value, ret_payload);
	if (!board->config.recovery)
		board->config.recovery = emu_recovery_new();
	return emu_recovery_set(board->config.recovery, name, value);
}

/* A recovery without a payload is valid, too. */
static int board_recovery(struct vhci_board *board, const char *payload)
{
	if (emu_recovery_start(board->config.recovery, &board->config) < 0) {
		fprintf(stderr, "board %u: its chip has no recovery, or its state is damaged\n",
			board->index);
		return -1;
	}
	return payload ? board_payload(board, payload) : 0;
}

int vhci_board_init(struct vhci_board *board, unsigned int index, char *text)
{
	const char *payload = NULL;
	char *part;

	*board = (struct vhci_board){.index = index, .port = index, .fd = -1, .disk_mib = 16};
	for (unsigned int i = 0; i < VHCI_DISKS; i++)
		board->disk_fd[i] = -1;
	board->config.after = EMU_AFTER_MSD;
	board->config.disks = 1;
	while ((part = strsep(&text, ","))) {
		char *value = part, *name = strsep(&value, "=");

		if (!value || board_option(board, name, value, &payload) < 0) {
			fprintf(stderr, "board %u: '%s=%s' is not known\n", index, name,
				value ? value : "");
			return -1;
		}
	}
	if (board->config.starts_as_after)
		return 0; /* no program boots it */
	if (!board->config.truth && (payload || !board->config.recovery)) {
		fprintf(stderr, "board %u: truth=DIR is missing\n", index);
		return -1;
	}
	if (!board->config.bootcode_content)
		board->config.bootcode_content = emu_bootcode(board->config.chip);
	if (board->config.recovery)
		return board_recovery(board, payload);
	return board_payload(board, payload ? payload : "msd");
}

void vhci_board_clear(struct vhci_board *board, uint64_t now_ms)
{
	vhci_board_unplug(board, now_ms);
	board->config.recovery = emu_recovery_free(board->config.recovery);
	emu_payload_clear(&board->payload);
}
