/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the directories that may contain firmware for boards, and finds the command with which the
 * user can fetch firmware. */
#include "files/firmware.h"

#include "config.h"
#include "report/report.h"
#include "util/path.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef RPIBOOT_DATADIR
#define RPIBOOT_DATADIR "/usr/local/share/rpiboot"
#endif

static void add_root(struct firmware *firmware, const char *root)
{
	for (size_t i = 0; i < firmware->count; i++)
		if (strcmp(firmware->roots[i], root) == 0)
			return;
	firmware->roots[firmware->count++] = root;
}

/* Composes the path "DIR/NAME".
 * Returns: false if the path is too long for the buffer. */
static bool path_join(char ret[FIRMWARE_PATH_SIZE], const char *dir, const char *name)
{
	return snprintf(ret, FIRMWARE_PATH_SIZE, "%s/%s", dir, name) < FIRMWARE_PATH_SIZE;
}

static bool is_there(const char *dir, const char *name, int mode)
{
	char path[FIRMWARE_PATH_SIZE];

	return path_join(path, dir, name) && access(path, mode) == 0;
}

/* Finds the command that fetches firmware, which is `make firmware` in the source directory or the
 * script fetch-firmware of an installed rpiboot. */
static void fetch_init(struct firmware *firmware)
{
	bool root_by_itself = geteuid() == 0 && !getenv("SUDO_UID");

	for (size_t i = 0; i < firmware->count; i++) {
		const char *root = firmware->roots[i];

		if (is_there(root, "msd/firmware.list", R_OK) && is_there(root, "Makefile", R_OK))
			snprintf(firmware->fetch, sizeof(firmware->fetch),
				 "'make firmware' in '%s'", root);
		else if (is_there(root, "fetch-firmware", X_OK))
			snprintf(firmware->fetch, sizeof(firmware->fetch), "'%s%s/fetch-firmware'",
				 root_by_itself ? "" : "sudo ", root);
		else
			continue;
		return;
	}
	snprintf(firmware->fetch, sizeof(firmware->fetch),
		 "'make firmware' in the source directory of rpiboot");
}

/* Returns: true if the argument of -d may be the name of a firmware directory and not a path. An
 * argument such as "./NAME" or "../NAME" is always a path. */
static bool is_payload_name(const char *dir)
{
	const char *part = dir;

	if (path_separates(dir[0]) || dir[0] == '.' || !dir[0])
		return false;
	while ((part = strstr(part, "/.."))) {
		if (part[3] == '/' || !part[3])
			return false;
		part += 3;
	}
	return true;
}

static void payload_find(struct firmware *firmware, struct report *report)
{
	char text[2 * FIRMWARE_PATH_SIZE];
	struct event event = {.type = EVENT_NOTE, .note = {.text = text}};
	struct stat st;

	if (!firmware->dir || !is_payload_name(firmware->dir) || lstat(firmware->dir, &st) == 0 ||
	    errno != ENOENT)
		return;
	for (size_t i = 0; i < firmware->count; i++) {
		if (!path_join(firmware->payload, firmware->roots[i], firmware->dir) ||
		    stat(firmware->payload, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		snprintf(text, sizeof(text),
			 "the working directory has no '%s', so rpiboot uses '%s'", firmware->dir,
			 firmware->payload);
		report_event(report, &event, 0);
		firmware->dir = firmware->payload;
		return;
	}
}

void firmware_init(struct firmware *ret, const struct config *config, struct report *report)
{
	const char *own = getenv("RPIBOOT_FIRMWARE");
	ssize_t n = readlink("/proc/self/exe", ret->exe, sizeof(ret->exe) - 1);

	ret->dir = config->dir;
	ret->count = 0;
	if (own && own[0])
		add_root(ret, own);
	if (n > 0) {
		ret->exe[n] = '\0';
		add_root(ret, dirname(ret->exe));
	}
	add_root(ret, RPIBOOT_DATADIR);
	add_root(ret, "/usr/local/share/rpiboot");
	add_root(ret, "/usr/share/rpiboot");
	fetch_init(ret);
	payload_find(ret, report);
}
