/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a list of boards that rpiboot may not serve yet, because the system has not authorised them
 * or another rpiboot process uses their USB port. Tries each of them again, and gives a hint to the
 * user if the wait is long. */
#include "diagnose/held.h"

#include "util/error.h"
#include "diagnose/hints.h"
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HELD_RETRY_MS	   20
#define HELD_RETRY_MOST_MS 500
/* If a board must wait for longer than this time in milliseconds before rpiboot may serve it, the
 * user gets a hint with the reason. A shorter wait is normal. */
#define HELD_HINT_MS 2000

struct held_port {
	struct held_port *next;
	char port[USB_PORT_SIZE];
	/* The USB device of the waiting board. It is NULL if the device has left the bus, but
	 * another rpiboot process still uses the port. */
	struct usb_dev *dev;
	/* True if the board waits because another rpiboot process uses its USB port. False if it
	 * waits because the system has not authorised its device. */
	bool taken;
	bool hinted;
	uint64_t since_ms, retry_ms;
};

struct held {
	const struct config *config;
	struct report *report;
	struct held_port *ports;
};

int held_new(struct held **ret, const struct config *config, struct report *report,
	     struct error *err)
{
	struct held *held = calloc(1, sizeof(*held));

	if (!held)
		return error_set(err, -ENOMEM, "out of memory");
	held->config = config;
	held->report = report;
	*ret = held;
	return 0;
}

static void held_drop(struct held_port **at)
{
	struct held_port *port = *at;

	*at = port->next;
	free(port);
}

struct held *held_free(struct held *held)
{
	if (!held)
		return NULL;
	while (held->ports)
		held_drop(&held->ports);
	free(held);
	return NULL;
}

/* Finds a USB port in the linked list of ports with waiting boards. *at points to the first entry
 * of the list.
 * Returns: the address of the pointer to the entry of this port. If the list has no such entry, the
 * address of the NULL pointer at the end of the list. */
static struct held_port **held_find(struct held_port **at, const char *port)
{
	while (*at && strcmp((*at)->port, port) != 0)
		at = &(*at)->next;
	return at;
}

bool held_has(const struct held *held, const char *port)
{
	struct held_port *first = held->ports;

	return *held_find(&first, port);
}

bool held_admit(struct held *held, struct usb_dev *dev, int *ret_lock, uint64_t now_ms)
{
	const char *sysroot = held->config->sysroot, *port = usb_dev_id(dev)->port;
	struct held_port **at = held_find(&held->ports, port), *entry = *at;
	bool authorized = usb_is_authorized(sysroot, port, NULL, 0);

	*ret_lock = -1;
	if (authorized && usb_port_take(sysroot, port, ret_lock)) {
		if (entry)
			held_drop(at);
		return true;
	}
	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			/* Memory is exhausted, so rpiboot ignores the board. */
			return false;
		snprintf(entry->port, sizeof(entry->port), "%s", port);
		*at = entry;
	}
	if (!entry->since_ms || entry->taken != authorized) {
		entry->since_ms = now_ms;
		entry->retry_ms = now_ms + HELD_RETRY_MS;
		entry->hinted = false;
	}
	entry->dev = dev;
	entry->taken = authorized;
	return false;
}

void held_left(struct held *held, const struct usb_dev *dev)
{
	struct held_port **at = held_find(&held->ports, usb_dev_id(dev)->port);

	if (!*at || (*at)->dev != dev)
		return;
	(*at)->dev = NULL;
	if (!(*at)->taken)
		held_drop(at);
}

static void held_hint(const struct held *held, struct held_port *entry, uint64_t now_ms)
{
	struct hint hint;
	char attribute[128];

	if (entry->taken)
		hint_other_instance(entry->port, &hint);
	else if (!usb_is_authorized(held->config->sysroot, entry->port, attribute,
				    sizeof(attribute)))
		hint_not_authorized(entry->port, attribute, &hint);
	else
		return; /* The system has authorised the device. */
	entry->hinted = true;
	hint_report(held->report, &hint, now_ms);
}

/* Returns: true if a board that waited to be served has left its USB port, and no other rpiboot
 * process uses the port any more. The caller then forgets the board. */
static bool held_is_over(const struct held *held, const struct held_port *entry)
{
	int lock = -1;
	bool over = !entry->dev && usb_port_take(held->config->sysroot, entry->port, &lock);

	util_close_fd(&lock);
	return over;
}

struct usb_dev *held_tick(struct held *held, uint64_t now_ms, uint64_t *ret_next_ms)
{
	struct held_port **at = &held->ports, *entry;

	*ret_next_ms = UINT64_MAX;
	while ((entry = *at)) {
		uint64_t held_ms = now_ms - entry->since_ms, pause_ms = held_ms / 4;
		bool due = now_ms >= entry->retry_ms;

		if (entry->dev && !entry->hinted && held_ms >= HELD_HINT_MS)
			held_hint(held, entry, now_ms);
		if (due && held_is_over(held, entry)) {
			held_drop(at);
			continue;
		}
		if (pause_ms < HELD_RETRY_MS)
			pause_ms = HELD_RETRY_MS;
		if (due)
			entry->retry_ms =
				now_ms +
				(pause_ms < HELD_RETRY_MOST_MS ? pause_ms : HELD_RETRY_MOST_MS);
		if (due && entry->dev)
			return entry->dev;
		if (entry->retry_ms < *ret_next_ms)
			*ret_next_ms = entry->retry_ms;
		at = &entry->next;
	}
	return NULL;
}

bool held_why(const struct held *held, char *ret, size_t size)
{
	const struct held_port *entry = held->ports;

	while (entry && !entry->dev)
		entry = entry->next;
	if (!entry)
		return false;
	snprintf(ret, size,
		 entry->taken ? "another rpiboot is serving the board at %s"
			      : "the system has not authorised the board at %s; allow the device "
				"in USBGuard",
		 entry->port);
	return true;
}
