# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests that are scripts: cases that are told as tests/tools/run wants them, and a directory to work in.
# Usage: . "$(dirname "$0")/cases.sh" at the start, cases_end at the end. Sets $root (of the project) and $work.
set -u
# shellcheck disable=SC2034 # of those who read this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# The folders of the product.
# shellcheck disable=SC2034
read -ra rooms < <(sed -n 's/^ROOMS := //p' "$root/Makefile")
rooms+=(os) # the parts of the rooms that are for one system
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cases_failed=0
# At its end, a sanitized program searches for leaks in /proc, which the sandbox of a command does not allow.
[ -z "${SAN:-}" ] || export RPIBOOT_UNCONFINED=1

# A prefix for a run of the program that is killed, or that cannot write whole files: `make coverage` must not count it,
# because a half-written file of counters spoils all later runs. Remove the directory before the next such run.
# shellcheck disable=SC2034
uncounted=(env "GCOV_PREFIX=$work/uncounted")

# One case: passed where the command succeeds. What it says is shown where it does not.
check() { # NAME COMMAND...
	local name=$1 why
	shift
	# A line "NAME<tab>WHY" of this file names a case that the system of the program does not allow.
	why=$(awk -F '\t+' -v name="$name" '$1 == name { print $2 }' "${RPIBOOT_CASES_SKIPPED:-/dev/null}")
	if [ -n "$why" ]; then
		skip "$name" "$why"
	elif "$@" >"$work/.said" 2>&1; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/# /' "$work/.said"
		cases_failed=$((cases_failed + 1))
	fi
}

skip() { # NAME WHY
	echo "ok - $1 # SKIP $2"
}

# The name and the version of this system, such as "debian 12". Debian sid has no version.
system_name() {
	# shellcheck disable=SC1090 # this machine's
	(. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}")
}

# Debian 12 has the packages in the versions that CI uses. Other systems may run the tests, too.
skip_fleet() { # NAME WHAT
	local optional=''

	[ "$(system_name)" = 'debian 12' ] || optional='optional here: '
	skip "$1" "${optional}there is no $2; RPIBOOT_MUST_RUN=1 ./setup installs it on Debian 12"
}

# Runs a command, which must end with this status; what it says goes to $work/said.
status_is() { # STATUS COMMAND...
	local status=0
	"${@:2}" >"$work/said" 2>&1 </dev/null || status=$?
	cat "$work/said"
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

said() { # TEXT
	cat "$work/said"
	grep -qF -e "$1" "$work/said" || { echo "'$1' was not said"; return 1; }
}

# The very same files in both directories, besides those of the working of msd/fetch. Says what differs.
same_files() { # DIRECTORY DIRECTORY
	diff -r -x '.fetch*' "$1" "$2"
}

cases_end() {
	[ "$cases_failed" = 0 ]
	exit
}
