# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions for test scripts. A script sources this file at its start and calls cases_end at its end. It prints its cases in the
# format of tests/tools/run. Sets $root, the directory of the project, and $work, an empty temporary directory.
set -u
# shellcheck disable=SC2034 # used by the scripts that source this file
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# The folders of the product.
# shellcheck disable=SC2034
read -ra rooms < <(sed -n 's/^ROOMS := //p' "$root/Makefile")
rooms+=(os) # the parts of the rooms for one system
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cases_failed=0
# At its end, a sanitized program searches for leaks in /proc, which the sandbox of a command forbids.
[ -z "${SAN:-}" ] || export RPIBOOT_UNCONFINED=1

# A prefix for a run of the program that is killed, or that cannot write whole files: `make coverage` must not count it,
# because a half-written file of counters spoils all later runs. Remove the directory before the next such run.
# shellcheck disable=SC2034
uncounted=(env "GCOV_PREFIX=$work/uncounted")

# Runs a command as one case. The case passes if the command succeeds. If the command fails, its output is printed.
check() { # NAME COMMAND...
	local name=$1 why
	shift
	# A line "NAME<tab>WHY" of this file names a case that cannot run on the system of the program.
	why=$(awk -F '\t+' -v name="$name" '$1 == name { print $2 }' "${RPIBOOT_CASES_SKIPPED:-/dev/null}")
	if [ -n "$why" ]; then
		skip "$name" "$why"
	elif "$@" >"$work/.output" 2>&1; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/# /' "$work/.output"
		cases_failed=$((cases_failed + 1))
	fi
}

skip() { # NAME WHY
	echo "ok - $1 # SKIP $2"
}

# Prints the name and the version of this system, such as "debian 12". Debian sid has no version.
system_name() {
	# shellcheck disable=SC1090 # a file of this machine
	(. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}")
}

# Skips a test of labgrid or of collected events. The test is optional except on Debian 12, whose package versions CI uses.
skip_fleet() { # NAME WHAT
	local optional=''

	[ "$(system_name)" = 'debian 12' ] || optional='optional here: '
	skip "$1" "${optional}there is no $2; RPIBOOT_MUST_RUN=1 ./setup installs it on Debian 12"
}

# Runs a command and checks its exit status. The output of the command goes to $work/messages.
status_is() { # STATUS COMMAND...
	local status=0
	"${@:2}" >"$work/messages" 2>&1 </dev/null || status=$?
	cat "$work/messages"
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

printed() { # TEXT
	cat "$work/messages"
	grep -qF -e "$1" "$work/messages" || { echo "'$1' was not printed"; return 1; }
}

# Succeeds if both directories have the same files, except the temporary files of msd/fetch. Prints the differences.
same_files() { # DIRECTORY DIRECTORY
	diff -r -x '.fetch*' "$1" "$2"
}

cases_end() {
	[ "$cases_failed" = 0 ]
	exit
}
