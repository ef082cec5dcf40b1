#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the command report with records that the test writes. python3 reads the CSV and JSON output.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
program=$root/rpiboot
[ -x "$program" ] || { echo "the program is not built; make check builds it"; exit 1; }
cd "$work" || exit 1
a64=$(printf 'a%.0s' {1..64}) zeros=$(printf '0%.0s' {1..64})

prefix=()

# stdout goes to $work/out, stderr to $work/messages.
ends() { # STATUS ARGUMENT...
	local status=0
	timeout 60 "${prefix[@]}" "$program" "${@:2}" >"$work/out" 2>"$work/messages" </dev/null || status=$?
	cat "$work/out" "$work/messages"
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

refuses() { # STATUS TEXT ARGUMENT...
	ends "$1" "${@:3}" && printed "$2" && [ "$(wc -l <messages)" = 1 ] && [ ! -s out ]
}

record() { # SERIAL MEMBERS [PROPERTIES]
	echo "{${3:-}${3:+, }\"rpiboot\": {\"v\": 1, $2}}" >"batch/$1.json"
}

result() { # OK CODE TEXT
	echo "\"result\": {\"ok\": $1, \"code\": $2, \"text\": \"$3\"}, \"seconds\": 71.6, \"start\": \"2026-11-27T07:30:00Z\", \"end\": \"2026-11-27T07:31:12Z\""
}

batch_new() {
	rm -rf batch && mkdir batch
	record 9e10ab4c "\"chip\": \"BCM2712\", $(result true 0 "all done"), \"eeprom\": {\"proof\": \"proved\", \"version\": \"deadbeef\", \"build_time\": 1778630400, \"sha256\": \"$a64\"}, \"lock\": {\"locked\": true, \"key_hash\": \"$a64\"}, \"disk\": {\"path\": \"/dev/sda\", \"bytes\": 1, \"verified\": true}" '"USER_BOARDREV": "c04180"'
	record 1c0ffee0 "$(result false 7 "refused")" '"USER_BOARDREV": "c03141"'
	record 1-1.2 "\"disk\": {\"path\": \"/dev/sdb\", \"verified\": false}"
	echo "{\"USER_BOARDREV\": \"b041f0\", \"CUSTOMER_KEY_HASH\": \"$zeros\"}" >batch/ABCD.json
}

# The columns are separated by two spaces or more.
text_table() {
	batch_new
	ends 0 report batch || return 1
	sed -E 's/  +/|/g' out >rows
	diff - rows <<-'END' || return 1
		serial|model|MiB|result|proof|version|built|locked|disk|seconds|end
		1-1.2|-|-|unfinished|-|-|-|-|unverified|-|-
		1c0ffee0|CM4|4096|failed|-|-|-|-|-|72|2026-11-27T07:31:12Z
		9e10ab4c|CM5|4096|ok|proved|deadbeef|2026-05-13|yes|verified|72|2026-11-27T07:31:12Z
		ABCD|unknown model 0x1f|2048|unrecorded|-|-|-|no|-|-|-
	END
	[ "$(cat messages)" = 'rpiboot: boards: 1 ok, 1 failed, 1 unfinished, 1 unrecorded; damaged files: 0' ]
}

# A spreadsheet must read each cell as text and not as a formula.
csv() {
	batch_new
	record 0 "$(result false 1 'a \"quoted\", text\nwith a line\u202e'), \"eeprom\": {\"proof\": \"=1+cmd\", \"version\": \"+1\"}"
	record 00 "$(result false 1 '@SUM(A1)'), \"eeprom\": {\"proof\": \"-1\"}"
	ends 0 report --csv batch || return 1
	printed 'rpiboot: boards: 1 ok, 3 failed, 1 unfinished' || return 1
	[ "$(head -n 1 out)" = '"serial","model","MiB","result","code","proof","version","built","locked","disk","seconds","end","text"' ] || return 1
	python3 - out <<-'END'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline=""), strict=True))
		assert [row["serial"] for row in rows] == ["0", "00", "1-1.2", "1c0ffee0", "9e10ab4c", "ABCD"], rows
		assert rows[0]["text"] == 'a "quoted", text\\x0awith a line\\xe2\\x80\\xae', rows[0]
		assert rows[0]["proof"] == "'=1+cmd" and rows[0]["version"] == "'+1", rows[0]
		assert rows[1]["proof"] == "'-1" and rows[1]["text"] == "'@SUM(A1)", rows[1]
		assert rows[3]["code"] == "7" and rows[3]["result"] == "failed", rows[3]
		assert rows[4]["disk"] == "verified" and rows[4]["seconds"] == "72", rows[4]
		assert rows[5]["code"] == "" and rows[5]["locked"] == "no", rows[5]
	END
}

json() {
	batch_new
	ends 0 report batch --json && [ ! -s messages ] || return 1
	python3 - out "$a64" <<-'END'
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		assert all(line["v"] == 1 for line in lines)
		assert [line.get("serial") for line in lines] == ["1-1.2", "1c0ffee0", "9e10ab4c", "ABCD", None]
		assert lines[0] == {"v": 1, "event": "board", "serial": "1-1.2", "result": "unfinished", "disk_verified": False}, lines[0]
		assert lines[2] == {
			"v": 1, "event": "board", "serial": "9e10ab4c", "chip": "BCM2712", "model": "CM5", "memory_mib": 4096, "revision": 0,
			"result": "ok", "code": 0, "text": "all done", "proof": "proved", "version": "deadbeef", "build_time": 1778630400,
			"locked": True, "key_hash": sys.argv[2], "disk_verified": True, "seconds": 71.6,
			"start": "2026-11-27T07:30:00Z", "end": "2026-11-27T07:31:12Z"}, lines[2]
		assert lines[4] == {"v": 1, "event": "summary", "ok": 1, "failed": 1, "unfinished": 1, "unrecorded": 1, "damaged": 0}, lines[4]
	END
}

# The report names each damaged file with the reason, and has the rows of the other boards.
damaged() {
	batch_new
	: >batch/empty.json
	echo '{"rpiboot": {"seconds": "long"}}' >batch/seconds.json
	head -c 2097153 /dev/zero | tr '\0' ' ' >batch/large.json
	head -c 30 batch/9e10ab4c.json >batch/cut.json
	record lie "$(result true 10 "all done")"
	record failed "$(result true 0 "all done"), \"eeprom\": {\"proof\": \"failed\"}"
	ln -s 9e10ab4c.json batch/link.json
	ln -s nowhere batch/lost.json
	ln -s /etc/passwd batch/outside.json
	mkfifo batch/fifo.json
	mkdir batch/dir.json
	ends 1 report batch && [ "$(wc -l <out)" = 5 ] || return 1
	printed "'batch/empty.json': the file is empty or incomplete" && printed "'batch/cut.json': the file is empty or incomplete" &&
		printed "'batch/seconds.json': the member rpiboot.seconds is not a number of seconds" &&
		printed "'batch/large.json': the file has more than 2097152 bytes" && printed "'batch/link.json': it is a symbolic link" &&
		printed "'batch/lost.json': it is a symbolic link" && printed "'batch/outside.json': it is a symbolic link" &&
		printed "'batch/fifo.json': it is not a regular file" && printed "'batch/dir.json': it is not a regular file" &&
		printed "'batch/lie.json': the member rpiboot.result.ok is not consistent with 'code' and 'proof'" && printed "'batch/failed.json': the member" &&
		printed '1 ok, 1 failed, 1 unfinished, 1 unrecorded; damaged files: 11' || return 1
	ends 1 report batch --csv && [ "$(wc -l <out)" = 5 ] && ends 1 report batch --json && [ "$(wc -l <out)" = 5 ] &&
		grep -q '"damaged":11}$' out
}

# Root without capabilities cannot open such a file either.
unreadable() {
	local prefix=(setpriv --bounding-set=-all)
	[ "$(id -u)" = 0 ] || prefix=()
	batch_new
	chmod 0 batch/ABCD.json
	ends 1 report batch && printed "'batch/ABCD.json': it cannot be opened (Permission denied)" && [ "$(wc -l <out)" = 4 ]
}

# Files with other names are not records, whatever they contain.
other_names() {
	batch_new
	local name
	for name in notes.txt .hidden.json .json 'a b.json' 'a-b.json' '=1.json' 1c0ffee0.json.bak ABCD.JSON "$(printf 'x%.0s' {1..65}).json" $'a\nb.json'; do
		echo nonsense >"batch/$name"
	done
	ends 0 report batch && [ "$(wc -l <out)" = 5 ]
}

directories() {
	rm -rf batch && mkdir batch empty
	ends 0 report empty && [ "$(wc -l <out)" = 1 ] && printed 'rpiboot: boards: 0 ok, 0 failed' || return 1
	ends 0 report --json empty && [ "$(wc -l <out)" = 1 ] || return 1
	refuses 5 "cannot read the directory 'missing': No such file" report missing || return 1
	refuses 5 "cannot read the directory 'messages': Not a directory" report messages || return 1
	batch_new
	ln -sfn batch linked && ends 0 report linked && [ "$(wc -l <out)" = 5 ]
}

command_line() {
	refuses 2 'rpiboot report needs DIR' report && refuses 2 'rpiboot report needs DIR' report --csv --json batch &&
		refuses 2 "unexpected argument 'two'" report one two && refuses 2 --bad report --bad . && ends 0 report --help &&
		grep -q '^Usage: rpiboot report DIR' out
}

full_stdout() {
	batch_new
	local status=0
	"$program" report batch >/dev/full 2>messages || status=$?
	[ "$status" = 1 ] && printed 'cannot write the result to stdout'
}

ten_thousand() {
	rm -rf batch && mkdir batch
	python3 - <<-'END'
		for i in range(10000):
		    with open("batch/%08x.json" % (i * 7919 % 10000), "w") as f:
		        f.write('{"USER_BOARDREV": "c04180", "rpiboot": {"result": {"ok": true, "code": 0, "text": ""}}}')
	END
	ends 0 report batch >/dev/null && printed 'rpiboot: boards: 10000 ok, 0 failed' >/dev/null && [ "$(wc -l <out)" = 10001 ] &&
		sed 1d out | LC_ALL=C sort -c
}

check 'report prints a row for each board, sorted by serial number' text_table
check 'report --csv prints the same cells, quoted and without formulas' csv
check 'report --json prints a line for each board and the counts' json
check 'report names damaged files and ends with status 1' damaged
check 'report names a file that it cannot open' unreadable
check 'report leaves out files with other names' other_names
check 'report reads empty and linked directories, and refuses a missing one' directories
check 'report refuses wrong command lines' command_line
check 'report ends with status 1 if stdout is full' full_stdout
check 'report prints ten thousand boards' ten_thousand
cases_end
