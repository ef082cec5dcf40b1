/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that are switched off and on before rpiboot waits for boards. A fake of the system call
 * answers for the hub. The tests use the in-process emulator. */
#include "util/error.h"
#include "files/firmware.h"
#include "report/report.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/board/recover_bench.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>

#define HUB "sys/bus/usb/devices/usb1"

/* The power switching mode in the descriptor of the hub: 0 switches all ports together, 1 switches
 * each port, 2 switches no port. The hub reports switches_later from the second request on. */
static uint8_t switches, switches_later;

#ifdef __GLIBC__
int ioctl(int fd, unsigned long request, ...)
#else
int ioctl(int fd, int request, ...)
#endif
{
	struct usbdevfs_ctrltransfer *transfer;
	va_list ap;

	(void)fd;
	va_start(ap, request);
	transfer = va_arg(ap, struct usbdevfs_ctrltransfer *);
	va_end(ap);
	memcpy(transfer->data, (uint8_t[]){9, 0x29, 8, switches, 0, 0, 0}, 7);
	switches = switches_later;
	return 7;
}

static const char *const ports[] = {"1-1", "1-2"};
static struct direct_board board;
static struct config config;
static struct firmware firmware;
static struct report *report;
static struct boards *boards;
static struct error err;

/* The switches are outside sysfs, because bench_run() removes it. */
static int setup(void **state)
{
	char name[64], target[128];

	(void)state;
	tree_must(bench_setup(state) == 0);
	switches = switches_later = 1;
	tree_text(bench_root, HUB "/speed", "480\n");
	tree_text(bench_root, HUB "/busnum", "1\n");
	tree_text(bench_root, HUB "/devnum", "1\n");
	tree_text(bench_root, HUB "/idVendor", "1d6b\n");
	tree_text(bench_root, HUB "/idProduct", "0002\n");
	tree_text(bench_root, "dev/bus/usb/001/001", "");
	tree_text(bench_root, "dev/sda", "");
	for (int i = 1; i <= 2; i++) {
		snprintf(name, sizeof(name), "switch%d", i);
		tree_text(bench_root, name, "0\n");
		snprintf(name, sizeof(name), HUB "/1-0:1.0/usb1-port%d/disable", i);
		snprintf(target, sizeof(target), "%s/switch%d", bench_root, i);
		tree_link(bench_root, name, target);
	}
	board = bench_board("1-1", bench_done, 1);
	bench_fill(&board, 1);
	firmware = (struct firmware){.dir = bench_files};
	config = (struct config){
		.port_number = -1,
		.count = 1,
		.expect = EXPECT_DONE,
		.ports = ports,
		.port_count = 1,
		.power_cycle = true,
		.dir = bench_files,
		.sysroot = bench_sys,
		.devroot = bench_root,
		.stage_timeout_ms = 30000,
	};
	memset(&err, 0, sizeof(err));
	return 0;
}

static int teardown(void **state)
{
	boards = boards_free(boards);
	report = report_free(report);
	return bench_teardown(state);
}

FIXTURE_EACH(setup, teardown)

static char state_of(int port)
{
	char name[16], state = 0;
	cleanup_fd int fd = -1;

	snprintf(name, sizeof(name), "switch%d", port);
	fd = open(tree_path(bench_root, name), O_RDONLY);
	tree_must(fd >= 0 && read(fd, &state, 1) == 1);
	return state;
}

/* Returns: the exit status if the boards cannot be served. */
static enum exit_status boards_begin(void)
{
	static const struct report_config quiet = {.verbosity = -1};
	static struct context context;
	enum exit_status status = STATUS_OK;

	assert_int_equal(report_new(&report, &quiet, 0, &err), 0);
	context = (struct context){.config = &config, .firmware = &firmware, .report = report};
	boards_new(&boards, &context, 1000, &status, &err);
	return boards ? STATUS_OK : status;
}

static void in_order(const char *text, const char *const *parts, size_t count)
{
	const char *at = text;

	for (size_t i = 0; i < count; i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("'%s' is not there, or not after the others, in %s", parts[i],
				 text);
	}
}

/* The timeout is shorter than the time without power: it starts afterwards. */
TEST(a_port_goes_off_and_on_before_its_board_is_waited_for)
{
	static const char *const parts[] = {
		"\"time\":0.000,\"event\":\"power\",\"port\":\"1-1\",\"state\":\"off\"}",
		"\"time\":2.000,\"event\":\"power\",\"port\":\"1-1\",\"state\":\"on\"}",
		"\"event\":\"waiting\"",
		"\"event\":\"found\"",
		"\"ok\":true",
	};
	struct bench_run run;

	config.timeout_ms = 1500;
	board.plug_ms = 4000;
	bench_play(&config, &board, 1, &run);
	assert_int_equal(run.status, STATUS_OK);
	in_order(run.json, parts, array_size(parts));
	assert_int_equal(bench_count(run.json, "\"power\""), 2);
	assert_int_equal(state_of(1), '0');
	assert_int_equal(state_of(2), '0');
}

TEST(all_ports_are_off_at_the_same_time)
{
	static const char *const twice[] = {"1-1", "1-2", "1-1"};

	config.ports = twice;
	config.port_count = 3;
	assert_int_equal(boards_begin(), STATUS_OK);
	assert_int_equal(state_of(1), '1');
	assert_int_equal(state_of(2), '1');
	assert_int_equal(boards_tick(boards, 1500), 1000);
	assert_int_equal(boards_tick(boards, 2900), 100);
	assert_int_equal(state_of(1), '1');
	boards_tick(boards, 3000);
	assert_int_equal(state_of(1), '0');
	assert_int_equal(state_of(2), '0');
}

TEST(an_interrupted_run_leaves_the_ports_on)
{
	config.port_count = 2;
	assert_int_equal(boards_begin(), STATUS_OK);
	boards_tick(boards, 1100);
	assert_int_equal(state_of(1), '1');
	assert_int_equal(boards_end(boards, STATUS_TERMINATED, 1200), STATUS_TERMINATED);
	assert_int_equal(state_of(1), '0');
	assert_int_equal(state_of(2), '0');
}

/* All hubs are checked before any port is switched. */
TEST(a_hub_without_power_switching_ends_the_run)
{
	tree_must(unlink(tree_path(bench_root, HUB "/1-0:1.0/usb1-port2/disable")) == 0);
	config.port_count = 2;
	assert_int_equal(boards_begin(), STATUS_FAILED);
	assert_int_equal(err.code, -EOPNOTSUPP);
	assert_int_equal(state_of(1), '0');
	report = report_free(report);
	switches = 2;
	config.port_count = 1;
	assert_int_equal(boards_begin(), STATUS_FAILED);
	assert_non_null(strstr(err.text, "hub usb1 (1d6b:0002) cannot switch the power"));
}

/* Otherwise the other rpiboot would lose its board. */
TEST(a_port_of_another_rpiboot_is_not_switched)
{
	cleanup_fd int lock = -1;

	assert_true(usb_port_take(bench_sys, "1-1", &lock));
	assert_true(lock >= 0);
	assert_int_equal(boards_begin(), STATUS_FAILED);
	assert_non_null(strstr(err.text, "port 1-1: another rpiboot"));
	assert_int_equal(state_of(1), '0');
}

TEST(a_port_that_does_not_stay_off_fails)
{
	config.port_count = config.count = 2;
	assert_int_equal(boards_begin(), STATUS_OK);
	tree_text(bench_root, "switch1", "0\n");
	boards_tick(boards, 3000);
	assert_false(boards_finished(boards));
	tree_text(bench_root, "switch2", "1\n");
	assert_int_equal(boards_end(boards, STATUS_OK, 3100), STATUS_FAILED);
}

TEST(no_port_is_switched_without_the_option)
{
	config.power_cycle = false;
	assert_int_equal(boards_begin(), STATUS_OK);
	assert_int_equal(state_of(1), '0');
}

/* ---- between two steps of a recovery */

static struct recover_bench bench;

/* Runs a board that does not restart by itself. */
static void recover_play(const char *args, bool then_disk, const char *power, struct bench_run *ret)
{
	recover_bench_new(&bench, args, then_disk);
	board = recover_bench_board(&bench, "1-1", EMU_BCM2711, "quirks=no-reboot");
	board.plug_ms = 4000;
	board.power = power;
	config.expect = then_disk ? EXPECT_DISK : EXPECT_AUTO;
	direct_setup(&board, 1, bench_sys);
	bench_run(&config, NULL, ret);
}

static void recover_done(void)
{
	recover_bench_unplug(&board);
	recover_bench_done(&bench);
}

TEST(the_power_is_switched_between_two_steps)
{
	static const char *const parts[] = {
		"\"event\":\"waiting\"",
		"\"event\":\"found\"",
		"CUSTOMER_KEY_HASH",
		"\"event\":\"power\",\"port\":\"1-1\",\"state\":\"off\"}",
		"\"event\":\"power\",\"port\":\"1-1\",\"state\":\"on\"}",
		"\"event\":\"found\"",
		"SECURE_BOOT_PROVISION",
		"\"proof\":\"proved\"",
		"\"ok\":true",
	};
	struct bench_run run;

	recover_play("--key KEY --lock HASH8", false, tree_path(bench_root, "switch1"), &run);
	in_order(run.json, parts, array_size(parts));
	assert_int_equal(run.status, STATUS_OK);
	assert_int_equal(bench_count(run.json, "\"power\""), 4);
	assert_null(strstr(run.json, "power-cycle"));
	assert_int_equal(state_of(1), '0');
	assert_true(recover_bench_holds(&bench, &board));
	assert_true(recover_bench_is_locked(&bench, &board));
	recover_done();
}

TEST(the_power_is_switched_before_the_disk)
{
	static const char *const parts[] = {
		"\"proof\":\"proved\"", "\"state\":\"off\"}",		"\"state\":\"on\"}",
		"\"event\":\"disk\"",	"EEPROM update proved; booted",
	};
	struct bench_run run;

	recover_play("", true, tree_path(bench_root, "switch1"), &run);
	in_order(run.json, parts, array_size(parts));
	assert_int_equal(run.status, STATUS_OK);
	assert_int_equal(bench_count(run.json, "\"power\""), 4);
	recover_done();
}

/* The hub reports success, but the board keeps its power. */
TEST(the_user_is_asked_if_the_switch_was_not_enough)
{
	static const char *const parts[] = {
		"\"proof\":\"proved\"",
		"\"state\":\"off\"}",
		"\"state\":\"on\"}",
		"\"code\":\"power-cycle\"",
		"the board did not return to its boot ROM in 60 s",
	};
	struct bench_run run;

	config.timeout_ms = 60000;
	recover_play("", true, NULL, &run);
	in_order(run.json, parts, array_size(parts));
	assert_int_equal(run.status, STATUS_VANISHED);
	recover_done();
}

/* The boot ROM appears and loses its power before it is open, repeatedly. */
TEST(a_board_that_repeatedly_loses_power_gets_its_result)
{
	static const char *const parts[] = {
		"\"proof\":\"proved\"",
		"\"code\":\"power-cycle\"",
		"the board did not return to its boot ROM in 30 s",
	};
	struct bench_run run;

	config.power_cycle = false;
	config.timeout_ms = 30000;
	recover_bench_new(&bench, "", true);
	board = recover_bench_board(&bench, "1-1", EMU_BCM2711, "flap_ms=100");
	board.open_takes_ms = 200;
	config.expect = EXPECT_DISK;
	direct_setup(&board, 1, bench_sys);
	bench_run(&config, NULL, &run);
	in_order(run.json, parts, array_size(parts));
	assert_int_equal(run.status, STATUS_VANISHED);
	recover_done();
}

/* The hub is replaced after the first switch. */
TEST(the_user_is_asked_if_the_hub_cannot_switch)
{
	static const char *const parts[] = {
		"\"proof\":\"proved\"",
		"\"code\":\"power-cycle\"",
		"the hub usb1 (1d6b:0002) cannot switch the power",
		"\"event\":\"disk\"",
	};
	struct bench_run run;

	switches_later = 2;
	recover_bench_new(&bench, "", true);
	board = recover_bench_board(&bench, "1-1", EMU_BCM2711, "quirks=no-reboot,power=30000");
	board.plug_ms = 4000;
	config.expect = EXPECT_DISK;
	direct_setup(&board, 1, bench_sys);
	bench_run(&config, NULL, &run);
	in_order(run.json, parts, array_size(parts));
	assert_int_equal(run.status, STATUS_OK);
	assert_int_equal(bench_count(run.json, "\"power\""), 2);
	recover_done();
}
