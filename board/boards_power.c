/* SPDX-License-Identifier: Apache-2.0 */
/* Switches the USB ports given with -p off and on before the program waits for boards (option
 * --power-cycle). All these ports are off at the same time, and not one after another. */
#include "board/boards_internal.h"

#include "report/report.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

struct power_cycle {
	struct power_cycle *next;
	const char *port;
	struct usb_power *power;
	/* The file descriptor that holds the lock of the USB port, or -1. The lock shows whether
	 * another rpiboot process serves a board there. */
	int lock;
};

static void cycle_report(struct report *report, const char *port, bool on, uint64_t now_ms)
{
	const struct event event = {.type = EVENT_POWER, .port = port, .power = {.on = on}};

	report_event(report, &event, now_ms);
}

static struct power_cycle *cycle_free(struct power_cycle *cycle)
{
	struct power_cycle *next = cycle->next;

	usb_power_free(cycle->power);
	util_close_fd(&cycle->lock);
	free(cycle);
	return next;
}

/* Adds a USB port to the list of ports that are to be switched off, if its hub can switch it. The
 * port stays on for now. */
static int cycle_add(struct power_cycle **list, const struct config *config, const char *port,
		     struct error *err)
{
	struct power_cycle *cycle;

	for (; *list; list = &(*list)->next)
		if (strcmp((*list)->port, port) == 0)
			return 0;
	cycle = calloc(1, sizeof(*cycle));
	if (!cycle)
		return error_set(err, -ENOMEM, "out of memory");
	cycle->port = port;
	*list = cycle;
	if (!usb_port_take(config->sysroot, port, &cycle->lock))
		return error_set(err, -EBUSY,
				 "cannot switch the power of port %s: another rpiboot serves the "
				 "board on this port; stop the other rpiboot first",
				 port);
	return usb_power_new(&cycle->power, config->sysroot, config->devroot, port, err);
}

int power_cycles_start(struct power_cycle **list, const struct context *context, uint64_t now_ms,
		       struct error *err)
{
	const struct config *config = context->config;
	int r = 0;

	for (size_t i = 0; config->power_cycle && i < config->port_count && r == 0; i++)
		r = cycle_add(list, config, config->ports[i], err);
	/* Switch the USB ports off only if the hubs can switch all of them. If one port cannot be
	 * switched, all ports stay on. */
	for (struct power_cycle *cycle = *list; cycle && r == 0; cycle = cycle->next) {
		r = usb_power_off(cycle->power, now_ms, err);
		if (r == 0)
			cycle_report(context->report, cycle->port, false, now_ms);
	}
	return r;
}

/* Switches a USB port on again. If this fails, no board can boot at the port, so the failure counts
 * as a failed board. */
static bool cycle_end(const struct power_cycle *cycle, struct report *report, uint64_t now_ms)
{
	struct error err = {0};
	struct event event = {
		.type = EVENT_RESULT,
		.port = cycle->port,
		.result = {.code = STATUS_FAILED, .text = err.text},
	};

	if (usb_power_on(cycle->power, &err) == 0) {
		cycle_report(report, cycle->port, true, now_ms);
		return true;
	}
	report_event(report, &event, now_ms);
	return false;
}

uint64_t power_cycles_tick(struct power_cycle **list, struct report *report, bool all,
			   uint64_t now_ms, unsigned int *ret_failed)
{
	struct power_cycle **at = list;
	uint64_t due_ms = UINT64_MAX;

	while (*at) {
		uint64_t on_ms = usb_power_on_ms((*at)->power);

		if (all || now_ms >= on_ms) {
			*ret_failed += !cycle_end(*at, report, now_ms);
			*at = cycle_free(*at);
			continue;
		}
		due_ms = on_ms < due_ms ? on_ms : due_ms;
		at = &(*at)->next;
	}
	return due_ms;
}

void power_cycles_free(struct power_cycle *list)
{
	while (list)
		list = cycle_free(list);
}
