/* SPDX-License-Identifier: Apache-2.0 */
/* The sysfs entries of the disk of a board. */
#include "tests/emulator/emu_direct.h"

#include "usb.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void direct_put(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

/* Makes path and its parents below the sysroot. */
static void direct_dirs(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	mkdir(path, 0755);
}

void direct_make_disk(const char *sysroot, const struct usb_id *device_id, size_t number)
{
	const char *name = device_id->port;
	char device[256], interface[320], scsi[384], block[420], id[8];

	snprintf(device, sizeof(device), "%s/bus/usb/devices/%s", sysroot, name);
	snprintf(interface, sizeof(interface), "%s/%s:1.0", device, name);
	snprintf(scsi, sizeof(scsi), "%s/host%zu/target%zu:0:0/%zu:0:0:0", interface, number,
		 number, number);
	snprintf(block, sizeof(block), "%s/block/sd%c", scsi, (char)('a' + number % 26));
	direct_dirs(block);
	snprintf(id, sizeof(id), "%04x\n", device_id->vendor);
	direct_put(device, "idVendor", id);
	snprintf(id, sizeof(id), "%04x\n", device_id->product);
	direct_put(device, "idProduct", id);
	direct_put(device, "bNumInterfaces", " 1\n");
	direct_put(interface, "bInterfaceClass", "08\n");
	direct_put(scsi, "type", "0\n");
	direct_put(scsi, "vendor", "RPi-MSD-\n");
	direct_put(scsi, "model", "0001\n");
	direct_put(block, "bdi", "");
	direct_put(block, "size", "131072\n");
}
