/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/emulator/emu_payload.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

struct preset {
	enum emu_chip chip;
	const char *name, *text;
};

#define MSD_2837 "ask autoboot.txt;ask config.txt;ask recovery.elf;ask start.elf;ask fixup.dat;done"
#define METADATA                                                                                   \
	"meta USER_SERIAL_NUM 12345678;meta MAC_ADDR d8:3a:dd:00:00:01;meta EEPROM_UPDATE "        \
	"success;"                                                                                 \
	"meta FACTORY_UUID 19a519a6_19ab520e_1ac0212b;done"

static const struct preset presets[] = {
	{EMU_BCM2835, "msd", MSD_2837},
	{EMU_BCM2837, "msd", MSD_2837},
	{EMU_BCM2837_STORAGE, "msd", MSD_2837},
	{EMU_BCM2835, "linux",
	 "ask autoboot.txt;ask config.txt;ask recovery.elf;ask start_cd.elf;ask fixup_cd.dat;"
	 "ask recovery.elf;ask config.txt;ask config.txt;ask dt-blob.bin;ask config.txt;"
	 "ask cmdline.txt;ask kernel.img;ask bcm2708-rpi-cm.dtb;ask config.txt;"
	 "ask overlays/dwc2.dtbo;done"},
	{EMU_BCM2711, "msd", "ask config.txt;ask pieeprom.sig;ask start4.elf;ask fixup4.dat;done"},
	{EMU_BCM2711, "gadget64",
	 "ask mcb.bin;ask memsys00.bin;ask memsys01.bin;ask memsys02.bin;ask memsys03.bin;"
	 "ask memsys04.bin;ask memsys05.bin;ask memsys06.bin;ask memsys07.bin;ask memsys08.bin;"
	 "ask bootmain;ask config.txt;ask boot.img;done"},
	{EMU_BCM2711, "recovery",
	 "ask config.txt;size pieeprom.bin;size pieeprom.bin;ask pieeprom.sig;"
	 "read pieeprom.bin;" METADATA},
	{EMU_BCM2712, "gadget64",
	 "ask mcb.bin;ask memsys00.bin;ask memsys01.bin;ask rp1c0fw1.bin;ask memsys02.bin;"
	 "ask rp1c0fw2.bin;ask memsys03.bin;ask bootmain;ask config.txt;ask boot.img;done"},
	{EMU_BCM2712, "recovery", "ask config.txt;ask pieeprom.bin;ask pieeprom.sig;" METADATA},
};

const char *emu_payload_preset(enum emu_chip chip, const char *name)
{
	for (size_t i = 0; i < array_size(presets); i++)
		if (presets[i].chip == chip && strcmp(presets[i].name, name) == 0)
			return presets[i].text;
	return NULL;
}

static int payload_add(struct emu_payload *payload, struct emu_step step, unsigned int *busy_ms)
{
	if (payload->count == payload->room) {
		size_t room = payload->room * 2 + 8;
		struct emu_step *steps = realloc(payload->steps, room * sizeof(*steps));

		if (!steps)
			return -1;
		payload->steps = steps;
		payload->room = room;
	}
	step.busy_ms = *busy_ms;
	*busy_ms = 0;
	payload->steps[payload->count++] = step;
	return 0;
}

static bool truth_has(const char *truth, const char *name)
{
	cleanup_free char *path = NULL;

	return asprintf(&path, "%s/%s", truth, name) >= 0 && access(path, F_OK) == 0;
}

/* "\xNN" -> the byte, in place. */
static void unescape(char *text)
{
	char *to = text;
	unsigned int byte;

	for (const char *from = text; *from; to++) {
		if (sscanf(from, "\\x%2x", &byte) == 1) {
			*to = (char)byte;
			from += strlen("\\xNN");
		} else {
			*to = *from++;
		}
	}
	*to = 0;
}

/* "ask": requests the length and then, if the file exists, the content, as boards do. */
static int payload_ask(struct emu_payload *payload, const char *name, const char *content,
		       const char *truth, unsigned int *busy_ms)
{
	bool there = truth_has(truth, content);
	struct emu_step step = {.verb = EMU_SIZE, .name = name, .content = there ? content : NULL};

	if (payload_add(payload, step, busy_ms) < 0)
		return -1;
	step.verb = EMU_READ;
	return there ? payload_add(payload, step, busy_ms) : 0;
}

/* Adds an invalid message. */
static int payload_nonsense(struct emu_payload *payload, const char *word, unsigned int *busy_ms)
{
	static const uint8_t nameless[260], unknown[260] = {9, 0, 0, 0, 'x'};
	static const uint8_t endless[260] = {[4 ... 259] = 'x'};
	const struct {
		const char *word;
		const uint8_t *bytes;
		size_t size;
	} messages[] = {
		{"short", nameless, 100},
		{"unknown", unknown, sizeof(unknown)},
		{"unterminated", endless, sizeof(endless)},
	};

	for (size_t i = 0; i < array_size(messages); i++) {
		struct emu_step step = {
			.verb = EMU_RAW, .bytes = messages[i].bytes, .size = messages[i].size};

		if (strcmp(messages[i].word, word) == 0)
			return payload_add(payload, step, busy_ms);
	}
	return -1;
}

/* The argument that a keyword needs. */
enum wants { WANTS_NAME, WANTS_CONTENT, WANTS_VALUE, WANTS_NONE };

static int payload_line(struct emu_payload *payload, char *line, const char *truth,
			unsigned int *busy_ms)
{
	static const struct {
		const char *word;
		enum emu_verb verb;
		enum wants wants;
		bool as_read;
	} verbs[] = {
		{"size", EMU_SIZE, WANTS_CONTENT, false},
		{"read", EMU_READ, WANTS_CONTENT, false},
		{"missing", EMU_SIZE, WANTS_NAME, false},
		{"unread", EMU_READ, WANTS_NAME, false},
		{"meta", EMU_METADATA, WANTS_VALUE, false},
		{"meta1", EMU_METADATA, WANTS_VALUE, true},
		{"done", EMU_DONE, WANTS_NONE, false},
		{"end", EMU_END, WANTS_NONE, false},
		{"gone", EMU_DONE, WANTS_NONE, true},
		{"reenter", EMU_REENTER, WANTS_NONE, false},
		{"reenters", EMU_REENTER, WANTS_NONE, true},
		{"leave", EMU_LEAVE, WANTS_NONE, false},
	};
	char *rest = line, *word = strsep(&rest, " ");
	char *name = rest ? strsep(&rest, " ") : NULL;

	if (strcmp(word, "busy") == 0 && name) {
		*busy_ms = (unsigned int)strtoul(name, NULL, 10);
		return 0;
	}
	if (name)
		unescape(name);
	if (rest)
		unescape(rest);
	if (strcmp(word, "ever") == 0 && name) {
		struct emu_step step = {.verb = EMU_SIZE, .name = name, .for_ever = true};

		step.content = truth_has(truth, name) ? name : NULL;
		return payload_add(payload, step, busy_ms);
	}
	if (strcmp(word, "ask") == 0 && name)
		return payload_ask(payload, name, rest ? rest : name, truth, busy_ms);
	for (size_t i = 0; i < array_size(verbs); i++) {
		struct emu_step step = {
			.verb = verbs[i].verb, .name = name, .as_read = verbs[i].as_read};

		if (strcmp(verbs[i].word, word) != 0)
			continue;
		step.for_ever = step.verb == EMU_REENTER && step.as_read;
		if (!name && verbs[i].wants != WANTS_NONE)
			return -1;
		if (verbs[i].wants == WANTS_CONTENT)
			step.content = rest ? rest : name;
		else if (verbs[i].wants == WANTS_VALUE)
			step.value = rest ? rest : "";
		else if (verbs[i].verb == EMU_END && name)
			step.value = strcmp(name, "1") == 0 ? "\1" : "\2";
		return payload_add(payload, step, busy_ms);
	}
	return payload_nonsense(payload, word, busy_ms);
}

int emu_payload_parse(struct emu_payload *ret, const char *text, const char *truth, char *ret_why,
		      size_t size)
{
	unsigned int busy_ms = 0;
	char *line, *left;

	*ret = (struct emu_payload){.text = strdup(text)};
	left = ret->text;
	while (left && (line = strsep(&left, ";\n"))) {
		snprintf(ret_why, size, "%s", line);
		if (line[0] != 0 && line[0] != '#' && payload_line(ret, line, truth, &busy_ms) < 0)
			return -1;
	}
	ret_why[0] = 0;
	return ret->count > 0 ? 0 : -1;
}

void emu_payload_clear(struct emu_payload *payload)
{
	free(payload->steps);
	free(payload->text);
	*payload = (struct emu_payload){0};
}
