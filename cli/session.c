/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the image, runs the main loop of rpiboot until all boards are done, and determines the exit
 * status. */
#include "cli/session.h"

#include "board/boards.h"
#include "board/context.h"
#include "util/error.h"
#include "flash/target.h"
#include "image/image.h"
#include "report/report.h"
#include "usb.h"
#include "util/util.h"

#include <errno.h>

/* The maximum time in milliseconds that rpiboot waits, before it ends, for the threads that write
 * disks. */
#define SERVE_STOP_MS 1000

struct serve {
	struct context *context;
	const volatile sig_atomic_t *signal_number;
	/* The wait for the first bytes of an image from a pipe ends at this time, in milliseconds
	 * of the monotonic clock. 0 means no limit. */
	uint64_t image_until_ms;
};

/* Returns: the exit status for a program that a signal ends, which is 128 plus the number of the
 * signal. */
static enum exit_status signal_status(const struct serve *serve)
{
	switch (*serve->signal_number) {
	case SIGHUP:
		return STATUS_HUNG_UP;
	case SIGTERM:
		return STATUS_TERMINATED;
	}
	return STATUS_INTERRUPTED;
}

/* Runs the main loop, which serves boards until all of them are done or a signal arrives. */
static enum exit_status serve_loop(const struct serve *serve, struct boards *boards,
				   struct usb *usb)
{
	uint64_t events_until_ms = util_now_ms(), stop_ms;
	struct error err = {0};
	int timeout_ms, r = 0;

	while (r == 0 && !*serve->signal_number) {
		timeout_ms = boards_tick(boards, events_until_ms);
		if (boards_finished(boards))
			return STATUS_OK;
		r = usb_wait(usb, report_tick(serve->context->report, timeout_ms, util_now_ms()),
			     &events_until_ms, &err);
	}
	if (r < 0)
		report_error(serve->context->report, &err);
	stop_ms = util_now_ms() + SERVE_STOP_MS;
	while (boards_stop(boards) && util_now_ms() < stop_ms && r == 0)
		r = usb_wait(usb, SERVE_STOP_MS, &events_until_ms, &err);
	return *serve->signal_number ? signal_status(serve) : STATUS_FAILED;
}

static enum exit_status serve_boards(const struct serve *serve, struct boards *boards)
{
	enum exit_status status = STATUS_FAILED;
	struct usb *usb = NULL;
	struct error err = {0};

	if (usb_new(&usb, &boards_usb_handler, boards, &err) < 0) {
		report_error(serve->context->report, &err);
	} else {
		serve->context->wake = usb_wake;
		serve->context->wake_ctx = usb;
		status = serve_loop(serve, boards, usb);
	}
	status = boards_end(boards, status, util_now_ms());
	/* Free the boards first, because their USB transfers must end before libusb can end. */
	boards_free(boards);
	usb_free(usb);
	return status;
}

static int image_give_up(void *ctx)
{
	const struct serve *serve = ctx;

	if (*serve->signal_number)
		return -EINTR;
	return serve->image_until_ms && util_now_ms() >= serve->image_until_ms ? -ETIMEDOUT : 0;
}

static int serve_open_image(struct serve *serve, const struct image_config *config,
			    enum exit_status *ret_status, struct error *err)
{
	const struct image_wait wait = {.give_up = image_give_up, .ctx = serve};
	struct image_config waiting = *config;
	uint64_t limit_ms = serve->context->config->timeout_ms;
	int r;

	if (!config->path)
		return 0;
	r = target_available(err);
	if (r < 0) {
		*ret_status = STATUS_FAILED;
		return r;
	}
	serve->image_until_ms = limit_ms ? util_now_ms() + limit_ms : 0;
	waiting.wait = &wait;
	r = image_new(&serve->context->image, &waiting, err);
	*ret_status = r == -EINTR && *serve->signal_number ? signal_status(serve)
		      : r == -ETIMEDOUT && limit_ms	   ? STATUS_NONE_IN_TIME
							   : STATUS_NO_FILES;
	return r;
}

enum exit_status serve(struct context *context, const struct image_config *image,
		       const volatile sig_atomic_t *signal_number)
{
	struct serve serve = {
		.context = context,
		.signal_number = signal_number,
	};
	enum exit_status status = STATUS_OK;
	struct boards *boards = NULL;
	struct error err = {0};
	int r = serve_open_image(&serve, image, &status, &err);

	if (r == 0)
		r = boards_new(&boards, context, util_now_ms(), &status, &err);
	if (r == 0)
		return serve_boards(&serve, boards);
	report_error(context->report, &err);
	boards_none(context->report, util_now_ms());
	return status;
}
