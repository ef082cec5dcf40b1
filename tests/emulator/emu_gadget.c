/* SPDX-License-Identifier: Apache-2.0 */
/* One emulated board on a port of dummy_hcd, through raw_gadget. For the kernel it is an ordinary
 * USB device: usbip-host can export it, which it refuses for a device of vhci_hcd.
 *
 *   emu_gadget [-v] chip=2711,truth=DIR,...
 *
 * emu_vhci_options.c lists the options. The program ends when the board has left as a disk or for
 * good. The disk itself is not part of it. Prints the verdict; exit status 0: it is good. */
#include "tests/emulator/emu_vhci_board.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usb/raw_gadget.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#define PIECE_BYTES   4096 /* raw_gadget takes a page at once */
#define MESSAGE_BYTES 260
#define TICK_US	      10000

struct gadget {
	struct emu *emu;
	int fd;	      /* -1: not on the bus */
	int endpoint; /* -1: not configured */
	bool held;    /* the host waits for the reply to setup */
	struct usb_ctrlrequest setup;
	bool sends_data; /* data follows the length */
};

/* The data follows the head, as its last member. */
union gadget_io {
	struct usb_raw_ep_io head;
	uint8_t bytes[sizeof(struct usb_raw_ep_io) + PIECE_BYTES];
};

static void gadget_leave(struct gadget *gadget)
{
	if (gadget->fd >= 0)
		close(gadget->fd);
	gadget->fd = gadget->endpoint = -1;
	gadget->held = false;
}

static int gadget_appear(struct gadget *gadget)
{
	struct usb_raw_init init = {.driver_name = "dummy_udc", .device_name = "dummy_udc.0"};

	init.speed = emu_speed(gadget->emu) == EMU_SPEED_FULL ? USB_SPEED_FULL : USB_SPEED_HIGH;
	gadget->sends_data = true;
	gadget->fd = open("/dev/raw-gadget", O_RDWR | O_CLOEXEC);
	if (gadget->fd >= 0 && ioctl(gadget->fd, USB_RAW_IOCTL_INIT, &init) == 0 &&
	    ioctl(gadget->fd, USB_RAW_IOCTL_RUN, 0) == 0)
		return 0;
	printf("the board cannot be plugged in: %s\n", strerror(errno));
	return -1;
}

/* The host sets the configuration, possibly again. */
static int gadget_configure(struct gadget *gadget)
{
	struct usb_endpoint_descriptor bulk = {
		.bLength = USB_DT_ENDPOINT_SIZE,
		.bDescriptorType = USB_DT_ENDPOINT,
		.bEndpointAddress = 1,
		.bmAttributes = USB_ENDPOINT_XFER_BULK,
		.wMaxPacketSize = emu_speed(gadget->emu) == EMU_SPEED_FULL ? 64 : 512,
	};

	if (gadget->endpoint >= 0)
		ioctl(gadget->fd, USB_RAW_IOCTL_EP_DISABLE, gadget->endpoint);
	gadget->endpoint = ioctl(gadget->fd, USB_RAW_IOCTL_EP_ENABLE, &bulk);
	if (gadget->endpoint < 0 || ioctl(gadget->fd, USB_RAW_IOCTL_CONFIGURE, 0) < 0) {
		printf("the board cannot be configured: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

/* Returns: when to call it again, in milliseconds. */
static int gadget_tick(struct gadget *gadget)
{
	uint64_t next_ms, now_ms = util_now_ms();

	while (emu_tick(gadget->emu, now_ms, &next_ms))
		gadget_leave(gadget);
	return next_ms < now_ms + 10 ? (int)(next_ms - now_ms) : 10;
}

/* Gives the board the bytes that the host has announced. */
static int gadget_receive(struct gadget *gadget, uint32_t bytes)
{
	union gadget_io io;

	while (bytes > 0) {
		int n, r, done = 0;

		io.head = (struct usb_raw_ep_io){.ep = (uint16_t)gadget->endpoint};
		io.head.length = bytes < PIECE_BYTES ? bytes : PIECE_BYTES;
		n = ioctl(gadget->fd, USB_RAW_IOCTL_EP_READ, &io);
		if (n <= 0)
			return -1;
		bytes -= (uint32_t)n;
		while (done < n) {
			r = emu_bulk_out(gadget->emu, 1, io.head.data + done, (size_t)(n - done),
					 util_now_ms());
			if (r < 0 && r != -EAGAIN)
				return -1;
			done += r > 0 ? r : 0;
			if (r == -EAGAIN)
				poll(NULL, 0, gadget_tick(gadget));
		}
	}
	return 0;
}

/* Lets the board answer the host if its answer is ready. A board asks for the size and for the
 * content of a file with the same message. The host sends data after the length only for the
 * content. */
static int gadget_answer(struct gadget *gadget)
{
	const struct usb_ctrlrequest *setup = &gadget->setup;
	bool in = setup->bRequestType & USB_DIR_IN;
	union gadget_io io;
	int r;

	if (setup->bRequestType == 0 && setup->bRequest == USB_REQ_SET_CONFIGURATION &&
	    gadget_configure(gadget) < 0)
		return -1;
	r = emu_control(gadget->emu, (const uint8_t *)setup, io.head.data,
			setup->wLength < PIECE_BYTES ? setup->wLength : PIECE_BYTES, util_now_ms());
	if (r == -EAGAIN)
		return 0;
	gadget->held = false;
	if (r < 0)
		return ioctl(gadget->fd, USB_RAW_IOCTL_EP0_STALL, 0) < 0 ? -1 : 0;
	io.head = (struct usb_raw_ep_io){.length = in ? (uint32_t)r : 0};
	if (ioctl(gadget->fd, in ? USB_RAW_IOCTL_EP0_WRITE : USB_RAW_IOCTL_EP0_READ, &io) < 0)
		return -1;
	if ((setup->bRequestType & USB_TYPE_MASK) != USB_TYPE_VENDOR)
		return 0;
	if (in)
		gadget->sends_data = r != MESSAGE_BYTES || io.head.data[0] == 1;
	else if (gadget->sends_data)
		return gadget_receive(gadget, setup->wValue | (uint32_t)setup->wIndex << 16);
	return 0;
}

/* Waits for a request of the host, at most for a tick. */
static int gadget_fetch(struct gadget *gadget, const sigset_t *alarm)
{
	union {
		struct usb_raw_event head;
		uint8_t bytes[sizeof(struct usb_raw_event) + sizeof(struct usb_ctrlrequest)];
	} event = {.head = {.length = sizeof(struct usb_ctrlrequest)}};
	int r;

	sigprocmask(SIG_UNBLOCK, alarm, NULL);
	r = ioctl(gadget->fd, USB_RAW_IOCTL_EVENT_FETCH, &event);
	if (r < 0)
		r = errno == EINTR ? 0 : -1;
	sigprocmask(SIG_BLOCK, alarm, NULL);
	if (r == 0 && event.head.type == USB_RAW_EVENT_CONTROL) {
		memcpy(&gadget->setup, event.head.data, sizeof(gadget->setup));
		gadget->held = true;
	}
	return r;
}

static int gadget_run(struct gadget *gadget, const sigset_t *alarm)
{
	int r = 0;

	while (r == 0 && !emu_has_ended(gadget->emu)) {
		int wait_ms = gadget_tick(gadget);

		if (gadget->fd < 0 && emu_present(gadget->emu) && !emu_is_disk(gadget->emu))
			r = gadget_appear(gadget);
		else if (gadget->fd < 0)
			poll(NULL, 0, wait_ms);
		else if (gadget->held)
			r = gadget_answer(gadget);
		else
			r = gadget_fetch(gadget, alarm);
	}
	return r;
}

static void alarm_ignore(int number)
{
	(void)number;
}

int main(int argc, char **argv)
{
	const struct itimerval tick = {{0, TICK_US}, {0, TICK_US}};
	struct sigaction action = {.sa_handler = alarm_ignore}; /* it interrupts a wait */
	struct gadget gadget = {.fd = -1, .endpoint = -1};
	struct vhci_board board = {0};
	bool verbose = argc == 3 && strcmp(argv[1], "-v") == 0;
	char why[256] = "its requests could not be carried";
	sigset_t alarm;
	int r;

	if (argc != 2 + verbose || vhci_board_init(&board, 0, argv[1 + verbose]) < 0) {
		fprintf(stderr, "usage: emu_gadget [-v] OPTION=VALUE,...\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	board.config.log = verbose ? stderr : NULL;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	gadget.emu = emu_new(&board.config, util_now_ms());
	r = gadget.emu ? gadget_run(&gadget, &alarm) : -1;
	gadget_leave(&gadget);
	if (r == 0)
		r = emu_verdict(gadget.emu, why, sizeof(why));
	printf(r < 0 ? "verdict bad: %s\n" : "verdict good\n", why);
	emu_free(gadget.emu);
	vhci_board_clear(&board, util_now_ms());
	return r < 0;
}
