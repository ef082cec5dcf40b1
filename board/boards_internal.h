/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the set of boards: the check before waiting, recovered boards, deferred devices. */
#ifndef BOARD_BOARDS_INTERNAL_H
#define BOARD_BOARDS_INTERNAL_H

#include "board/boards.h"

struct recovered;

/* 0, or -Exxx with the status that the program then ends with. Reports what it finds in the boot
 * directory. */
int boards_check(const struct config *config, struct report *report, enum exit_status *ret_status,
		 struct error *err);

/* boards_recovered.c: boards whose recovery succeeded. With recovery_reboot=1 such a board restarts
 * by itself and asks for bootcode again; to serve it would recover it again, and again. */

/* Remembers the board at this port; the list owns the entry. Without memory nothing is remembered.
 */
void recovered_add(struct recovered **list, const char *port, const char *serial, uint64_t now_ms);
void recovered_free(struct recovered *list);

/* A device has arrived, or left. */
void recovered_arrived(struct recovered **list, const struct usb_dev *dev, uint64_t now_ms);
void recovered_left(struct recovered **list, const struct usb_dev *dev, uint64_t now_ms);

/* The serial number of the board that is left alone if the device at this port has it; NULL: any is
 * served. */
const char *recovered_serial(const struct recovered *list, const char *port);

/* A board that was not taken since there were as many as asked for, or since the metadata of the
 * one before it on its port is still being saved. One of those asked for may turn out not to be
 * one: by its serial number, or by being pulled before it is open. */
struct passed {
	struct passed *next;
	struct usb_dev *dev;
};

/* boards_passed.c. Without memory the board is forgotten. */
void passed_add(struct passed **list, struct usb_dev *dev);
/* It has left, or another device is on its port. */
void passed_drop(struct passed **list, const struct usb_dev *dev, const char *port);
void passed_free(struct passed *list);

#endif
