/* SPDX-License-Identifier: Apache-2.0 */
/* Least privilege: once it is known what is to be done, the process gives up all file access that
 * is not needed for it, so that a board, an image or an archive that got the better of it would
 * find little. Where the kernel cannot do that, all goes on without. */
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>

struct config;
struct confine;
struct error;
struct image_config;

/* Call it before there are threads and before anything of a stranger's is read. What remains: boot
 * directories, and what links in them lead to, the image and its block map (read); the metadata
 * directory and, where an image is written, the one for temporary files (files in them written);
 * USB devices (below /dev/bus/usb, which is made where it is not there), and all devices where an
 * image is written; sysfs. Also sets config->unmounter, since
 * nothing can be unmounted any more. With $RPIBOOT_UNCONFINED in the environment it does nothing.
 * 0, also where the kernel cannot; or -Exxx: nothing was given up. Ends with confine_free()
 * (NULL-safe, returns NULL), which gives nothing back. */
int confine_new(struct confine **ret, struct config *config, const struct image_config *image,
		struct error *err);
struct confine *confine_free(struct confine *confine);

#endif
