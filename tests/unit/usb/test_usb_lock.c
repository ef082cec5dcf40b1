/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of a port: one process holds it until it ends. */
#include "usb.h"

#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

#include <stdio.h>

#include <signal.h>
#include <sys/wait.h>

static char *root, *other; /* two buses */

static int setup(void **state)
{
	(void)state;
	root = tree_new();
	other = tree_new();
	tree_parents(root, "bus/usb/devices/");
	tree_parents(other, "bus/usb/devices/");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_free(root);
	tree_free(other);
	return 0;
}

FIXTURE_ONCE(setup, teardown)

TEST(one_process_has_the_port)
{
	int first = -1, again = -1, longer = -1, elsewhere = -1;

	assert_true(usb_port_take(root, "1-1", &first));
	assert_true(first >= 0);
	assert_false(usb_port_take(root, "1-1", &again));
	assert_int_equal(again, -1);
	assert_true(usb_port_take(root, "1-1.2", &longer)); /* a port of a hub on that port */
	assert_true(usb_port_take(other, "1-1", &elsewhere));
	close(first);
	assert_true(usb_port_take(root, "1-1", &again));
	close(again);
	close(longer);
	close(elsewhere);
}

TEST(the_lock_ends_with_its_process)
{
	int ready[2], lock;
	bool free_before, free_after;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (usb_port_take(root, "1-1", &lock) && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	free_before = usb_port_take(root, "1-1", &lock);
	util_close_fd(&lock);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	free_after = usb_port_take(root, "1-1", &lock);
	util_close_fd(&lock);
	assert_false(free_before);
	assert_true(free_after);
	close(ready[0]);
	close(ready[1]);
}
