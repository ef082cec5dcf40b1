/* SPDX-License-Identifier: Apache-2.0 */
/* A board is one Raspberry Pi at one USB port path, such as "1-1.2". These functions follow it from
 * its first appearance on USB to its result. They read no clock, so the caller passes the current
 * time with every event. */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include "board/context.h"
#include "config.h"
#include "usb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board;
struct error;

/* Creates a struct board for a USB device, which is a boot ROM or a second-stage bootloader, and
 * starts to open the device. chip_by_id() must know the device.
 * Returns: 0 or -ENOMEM.
 * Ownership: the caller frees the board with board_free(), which accepts NULL and returns NULL.
 * context must outlive the board. */
int board_new(struct board **ret, const struct context *context, struct usb_dev *dev,
	      uint64_t now_ms, struct error *err);
struct board *board_free(struct board *board);

const char *board_port(const struct board *board);

/* These functions handle the events at the USB port of a board: a device arrived, a device left, or
 * a disk appeared. */
void board_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms);
void board_left(struct board *board, uint64_t now_ms);
void board_disk_seen(struct board *board, uint64_t now_ms);

/* Callbacks for struct usb_handler. They handle the results of opening a board's USB device and of
 * the transfers to it. */
void board_opened(struct usb_dev *dev, const char *serial, const struct error *err,
		  uint64_t now_ms);
void board_progress(struct usb_dev *dev, size_t bytes, uint64_t now_ms);
void board_done(struct usb_dev *dev, size_t actual, const struct error *err, uint64_t now_ms);

/* Moves the deadlines of the board into the future by lost_ms. Call this function before
 * board_tick() if this process was stopped, or could not read events, for the last lost_ms.
 * Otherwise a board could fail although it had no chance to answer in that time. */
void board_postpone(struct board *board, uint64_t lost_ms, uint64_t now_ms);

/* Does all work of the board that is due now. For example, opens the USB device of the board again,
 * checks the progress of a disk write, or reports a failure because a deadline has expired.
 * Returns: the time in milliseconds at which the next work is due, or UINT64_MAX if the program has
 * finished with the board. */
uint64_t board_tick(struct board *board, uint64_t now_ms);

/* Returns: true if the result of the board is known and only the file with its properties is still
 * being written. The board then no longer uses its USB device or its port. */
bool board_is_saving(const struct board *board);

/* Returns: true if the program has stopped serving the board. Usually, it has also reported the
 * result of the board. There is no result if the board left the bus before the program opened it,
 * or if the program must not serve it, for example because the option -i excludes the board. */
bool board_ended(const struct board *board);
/* Returns: true if the board counts toward the number of boards that the user requested (option
 * --count). A board that ends without success or failure does not count, for example because the
 * option -i excludes it. */
bool board_counts(const struct board *board);
/* Returns: the result of the board. It is also the exit status of the program if the program serves
 * no other board. */
enum exit_status board_status(const struct board *board);

/* Prevents a second recovery of the same board. If the board has the given serial number, the
 * program prints a note, does not serve the board and reports no result.
 * serial: the serial number of the last board that was recovered at this USB port.
 * Ownership: the function copies serial. */
void board_leave_alone(struct board *board, const char *serial);

/* Returns: the serial number of a board that has ended with a successful EEPROM recovery, or NULL
 * (the board was not recovered, or it has no serial number). */
const char *board_recovered_serial(const struct board *board);

/* Requests the threads that write the disk of the board to stop. They may run for a moment longer,
 * so the caller waits until board_busy() returns false. */
void board_stop(struct board *board);
/* Returns: true while a thread of the board still writes to a disk. */
bool board_busy(const struct board *board);

/* Stops serving the board because the program received a signal. status is STATUS_HUNG_UP,
 * STATUS_INTERRUPTED or STATUS_TERMINATED. */
void board_interrupt(struct board *board, enum exit_status status, uint64_t now_ms);

/* Waits until the file with the properties of the board is written, or until the monotonic clock
 * reaches until_ms. Then reports the result of the board. The program calls this function before it
 * ends. */
void board_finish_saving(struct board *board, uint64_t until_ms, uint64_t now_ms);

#endif
