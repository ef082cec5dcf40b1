#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the labgrid driver: its types, its package, and labgrid with the real program and emulated boards behind an ssh server on
# this machine.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
# shellcheck source=tests/labgrid/exporter.sh
. "$root/tests/labgrid/exporter.sh"
# The user of the tests for labgrid, which copies images to a directory with this name.
export USER=rpiboot-test-$$
cache=/var/cache/labgrid
made= # the directory, if this test makes it
[ -d "$cache" ] || made=$cache
trap 'exporter_end; rm -rf "$work" "${cache:?}/$USER"; [ -z "$made" ] || rmdir "$made" 2>/dev/null' EXIT
export PYTHONDONTWRITEBYTECODE=1
emu=$root/build/tests/emu_umockdev

types_are_complete() {
	cd "$root/dist/labgrid" && mypy --cache-dir="$work/mypy" labgrid_rpiboot
}

installed_by_pip() {
	cp -R "$root/dist/labgrid" "$work/package" && cd "$work" &&
		env -u PYTHONPATH "$python" -m pip install --quiet --no-index --no-deps --no-build-isolation --target "$work/site" "$work/package" || return
	PYTHONPATH=$work/site "$python" -c 'import labgrid_rpiboot; print(labgrid_rpiboot.__file__)' | grep "^$work/site" &&
		[ -f "$work/site/labgrid_rpiboot/py.typed" ] || return
	grep -h '^Requires-Dist' "$work"/site/labgrid_rpiboot-*/METADATA | sort | tr '\n' ' ' | grep -x 'Requires-Dist: attrs Requires-Dist: labgrid '
}

version_is_ours() {
	grep -qx "version = \"$(sed -n 's/^RELEASE := //p' "$root/Makefile")\"" "$root/dist/labgrid/pyproject.toml"
}

examples_are_read() {
	"$python" - "$root/dist/labgrid/examples" <<-'PYTHON'
		import sys
		import attr
		from labgrid import Environment
		from labgrid.factory import target_factory
		from labgrid.util.yaml import load
		env = Environment(sys.argv[1] + "/env.yaml")
		options = env.config.get_targets()["main"]["drivers"]["RPiBootDriver"]
		names = {field.name for field in attr.fields(target_factory.drivers["RPiBootDriver"])}
		assert set(options) <= names, options
		for group in load(open(sys.argv[1] + "/exporter.yaml")).values():
		    port = dict(group["NetworkRPiBootPort"])
		    target_factory.make_resource(None, "NetworkRPiBootPort", None, port)
	PYTHON
}

# Makes the program that the driver calls on the exporter. It runs rpiboot with an emulated board for the port.
exporter_program() {
	local dir=$work/firmware/msd/2711 word

	mkdir -p "$dir" && head -c 100000 /dev/urandom >"$dir/bootcode4.bin" && head -c 300000 /dev/urandom >"$dir/start4.elf" &&
		head -c 3000000 /dev/urandom >"$work/os.img" || return
	cat >"$work/rpiboot" <<-EOF
		#!/bin/bash
		export RPIBOOT_FIRMWARE=$work/firmware RPIBOOT_UNCONFINED=${RPIBOOT_UNCONFINED:-0} TMPDIR=$work
		board=chip=2711,gap=30,truth=$dir
		case " \$* " in
		*' -p 90-1 '*) set -- --board port=0,\$board -- $root/rpiboot "\$@" ;;
		*' -p 90-3 '*) set -- --board port=2,\$board,fault=silent,fault_stage=rom,fault_step=0 -- $root/rpiboot "\$@" ;;
		*' -p 90-4 '*) set -- --board port=3,\$board,fault=refused -- $root/rpiboot "\$@" ;;
		*' -p 90-5 '*) set -- --board port=4,chip=2711,gap=30,recovery=2026-08-04 -- $root/rpiboot "\$@" ;;
		*' -p 90-9 '*) echo \$\$ >$work/pid; exec $root/rpiboot "\$@" ;;
		*) set -- -- $root/rpiboot "\$@" ;;
		esac
		exec $emu "\$@"
	EOF
	# The client and the exporter are one machine. The exporter hides the files that a client must copy.
	mkdir "$work/path" && printf '#!/bin/sh\ncase "$*" in *copied*) exit 1 ;; esac\nexec /usr/bin/stat "$@"\n' >"$work/path/stat" || return
	cat >"$work/path/rsync" <<-EOF
		#!/bin/sh
		[ ! -e $work/rsync.wait ] || { rm $work/rsync.wait; echo \$\$ >$work/pid; sleep 60; }
		exec /usr/bin/rsync "\$@"
	EOF
	for word in off on; do printf '#!/bin/sh\necho %s >>%s\n' "$word" "$work/power" >"$work/power.$word"; done
	chmod +x "$work/rpiboot" "$work"/power.* "$work"/path/*
	{
		echo 'targets:'
		target_write main 90-1 20 "ExternalPowerDriver: {cmd_off: $work/power.off, cmd_on: $work/power.on}"
		target_write bare 90-1
		target_write empty 90-2 1
		target_write stalled 90-3
		target_write refusing 90-4
		target_write recovering 90-5
		target_write waiting 90-9 600
		cat <<-EOF
			images:
			  os: $work/os.img
			tools:
			  rpiboot: $work/rpiboot
			imports:
			  - labgrid_rpiboot
		EOF
	} >"$work/env.yaml"
}

target_write() { # NAME PORT [TIMEOUT_S [DRIVER]]: DRIVER is first, because labgrid binds a driver only to earlier ones
	cat <<-EOF
		  $1:
		    resources:
		      NetworkRPiBootPort: {host: exporter, path: "$2"}
		    drivers:
		      ${4:-}
		      RPiBootDriver: {image: os, timeout: ${3:-20}, off_s: 0.1, options: ["--stage-timeout", "2"]}
	EOF
}

# Runs pytest once for all cases, because labgrid needs seconds to start.
boards_run() {
	timeout -k 5 240 "$python" -m pytest -q -rA -p no:cacheprovider -W ignore --lg-env "$work/env.yaml" "$root/tests/labgrid/test_board.py" >"$work/boards" 2>&1
	grep '^seconds of' "$work/boards"
	grep -E '^[0-9]+ (passed|failed)' "$work/boards"
}

board_is() { # FUNCTION
	grep -q "^PASSED .*::$1\$" "$work/boards" || { cat "$work/boards"; return 1; }
}

# A killed client cannot end rpiboot, so the host must end it.
client_killed() {
	local client rpiboot

	rm -f "$work/pid"
	"$python" "$root/tests/labgrid/wait.py" "$work/env.yaml" &
	client=$!
	for _ in {1..200}; do [ ! -s "$work/pid" ] || break; sleep 0.1; done
	rpiboot=$(cat "$work/pid") && sleep 0.5 && kill -0 "$rpiboot" || return
	kill -9 "$client"
	wait "$client"
	for _ in {1..100}; do kill -0 "$rpiboot" 2>/dev/null || return 0; sleep 0.1; done
	echo 'rpiboot is still there'
	return 1
}

check 'the driver has the release of the program' version_is_ours
if ! python_find; then
	skip_fleet 'the labgrid driver' python3-labgrid
	cases_end
fi
export PYTHONPATH=$root/dist/labgrid
if command -v mypy >/dev/null; then
	check 'the types of the driver are complete' types_are_complete
else
	skip_fleet 'the types of the driver are complete' mypy
fi
if "$python" -c 'import setuptools, pip, wheel' 2>/dev/null; then
	check 'pip installs the driver' installed_by_pip
else
	skip_fleet 'pip installs the driver' 'python3-pip with python3-wheel'
fi
check 'labgrid accepts the examples' examples_are_read
check 'the unit tests of the driver pass' timeout 100 "$python" "$root/tests/labgrid/test_driver.py"
if ! PATH=$PATH:/usr/sbin command -v sshd >/dev/null; then
	skip_fleet 'boards over ssh' openssh-server
	cases_end
fi
[ -x "$emu" ] || { echo 'the tests are not built; make check builds them'; exit 1; }
check 'the ssh server starts' exporter_start "$work" "$work/path:/usr/local/bin:/usr/bin:/bin"
check 'the programs of the exporter are made' exporter_program
export LABGRID_WORK=$work
data=${RPIBOOT_EEPROM_DATA:-$root/../shared/eeprom-data}
[ ! -d "$data" ] || export EEPROM_DATA=$data/2711
mkdir -p "$cache/$USER" 2>/dev/null
boards_run | sed 's/^/# /'
check 'the driver switches the power of a board, which becomes a disk' board_is test_success
check 'the driver costs less than five starts of rpiboot' board_is test_driver_costs_less_than_five_starts_of_rpiboot
check 'the driver reports that no board appears' board_is test_no_board
check 'the driver reports a board that stalls' board_is test_stalled_board
check 'the driver reports a board that refuses the bootcode' board_is test_refused_bootcode
check 'the driver reports a disk that cannot be written' board_is test_disk_that_cannot_be_written
if [ -d "$data" ]; then
	check 'the driver proves a recovery' board_is test_recovery
else
	skip 'the driver proves a recovery' 'the EEPROM test data is missing'
fi
check 'the driver reports a host that is not reached' board_is test_host_that_is_not_reached
check 'the driver reports a connection without data before it copies an image' board_is test_copy_over_a_connection_that_falls_silent
if [ -w "$cache/$USER" ]; then
	check 'the driver copies images, whatever their names' board_is test_image_is_copied
	check 'the driver copies the block maps of an image' board_is test_block_maps_are_copied
	check 'the driver copies images to a host with an IPv6 address' board_is test_host_with_an_ipv6_address
	check 'the driver reports a connection without data while it copies an image' board_is test_rsync_over_a_connection_that_falls_silent
else
	skip 'the driver copies images' "optional here: $cache cannot be written"
fi
check 'the driver reports a broken connection' board_is test_connection_that_breaks
check 'the driver reports a connection without data' board_is test_connection_that_falls_silent
check 'a long wait for a board is not an error' board_is test_wait_longer_than_the_silence
check 'rpiboot ends if its client is killed' client_killed
cases_end
