/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes revision codes of boards. */
#include "boot/revision.h"

#include "boot/chip.h"
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REVISION_NEW_FORM     (1U << 23)
#define REVISION_DIGITS_MAX   8
#define REVISION_MEMORY_MAX   6 /* memory code 7 is not defined */
#define REVISION_MEMORY_0_MIB 256U

/* A Pi 4B before board revision 1.4 has no secure boot. */
#define REVISION_PI_4B	      0x11
#define REVISION_PI_4B_SECURE 4
#define REVISION_PI_400	      0x13

static const struct {
	uint8_t type;
	const char *name;
} models[] = {
	{0x06, "CM1"},	  {0x0a, "CM3"},      {0x10, "CM3+"}, {0x11, "Pi 4B"}, {0x12, "Zero 2 W"},
	{0x13, "Pi 400"}, {0x14, "CM4"},      {0x15, "CM4S"}, {0x17, "Pi 5"},  {0x18, "CM5"},
	{0x19, "Pi 500"}, {0x1a, "CM5 Lite"}, {0x1b, "CM0"},
};

static const char *const makers[] = {"Sony UK",	   "Egoman", "Embest",
				     "Sony Japan", "Embest", "Stadium"};

/* Returns: a field of the board's revision code.
 * shift: the number of the lowest bit of the field. */
static unsigned int field(uint32_t code, unsigned int shift, unsigned int bits)
{
	return code >> shift & ((1U << bits) - 1);
}

static void model_put(struct revision *to, unsigned int type)
{
	for (size_t i = 0; i < array_size(models); i++)
		if (models[i].type == type) {
			snprintf(to->model, sizeof(to->model), "%s", models[i].name);
			return;
		}
	snprintf(to->model, sizeof(to->model), "unknown model 0x%02x", type);
}

static const char *processor_name(unsigned int processor)
{
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		if (chip->revision_processor == processor)
			return chip->name;
	return "unknown";
}

int revision_decode(const char *code, struct revision *ret)
{
	size_t digits = code ? strspn(code, "0123456789abcdefABCDEF") : 0;
	uint32_t value;
	unsigned int type, maker, memory;

	if (digits == 0 || digits > REVISION_DIGITS_MAX || code[digits] != '\0')
		return -EINVAL;
	value = (uint32_t)strtoul(code, NULL, 16);
	if (!(value & REVISION_NEW_FORM))
		return -EINVAL;
	ret->revision = field(value, 0, 4);
	type = field(value, 4, 8);
	model_put(ret, type);
	ret->no_boot_switch = type == REVISION_PI_4B || type == REVISION_PI_400;
	ret->no_secure_boot = type == REVISION_PI_4B && ret->revision < REVISION_PI_4B_SECURE;
	ret->processor = processor_name(field(value, 12, 4));
	maker = field(value, 16, 4);
	ret->maker = maker < array_size(makers) ? makers[maker] : "unknown";
	memory = field(value, 20, 3);
	ret->memory_mib = memory <= REVISION_MEMORY_MAX ? REVISION_MEMORY_0_MIB << memory : 0;
	return 0;
}
