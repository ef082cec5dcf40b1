#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the collection of events that docs/fleet.md describes, with the JSON lines of the real program and emulated boards: the file
# for Prometheus, and the journals of several hosts.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
emu=$root/build/tests/emu_umockdev
remote=/lib/systemd/systemd-journal-remote upload=/lib/systemd/systemd-journal-upload
prometheus=$root/dist/rpiboot-prometheus
node_exporter='prometheus-node-exporter'
remote_pid='' exporter_pid=''
trap '[ -z "$remote_pid$exporter_pid" ] || kill $remote_pid $exporter_pid; rm -rf "$work"' EXIT
[ -x "$emu" ] || { echo 'the tests are not built; make check builds them'; exit 1; }

# Two boards become disks, and one refuses the bootcode.
lines_make() {
	local dir=$work/firmware/msd/2711 boards=() board status=0

	mkdir -p "$dir" && head -c 100000 /dev/urandom >"$dir/bootcode4.bin" && head -c 300000 /dev/urandom >"$dir/start4.elf" || return
	for board in port=0 port=1 port=2,fault=refused; do boards+=(--board "chip=2711,gap=30,truth=$dir,$board"); done
	RPIBOOT_FIRMWARE=$work/firmware "$emu" "${boards[@]}" -- "$root/rpiboot" -q --json -n 3 >"$work/lines" || status=$?
	cat "$work/lines"
	[ "$status" = 7 ] && [ "$(grep -c '"event":"result"' "$work/lines")" = 3 ]
}

metric_is() { # NAME VALUE
	grep -qxF "$1 $2" "$work/rpiboot.prom" || { cat "$work/rpiboot.prom"; return 1; }
}

results_counted() {
	"$prometheus" "$work/rpiboot.prom" <"$work/lines" >"$work/copy" && cmp "$work/lines" "$work/copy" &&
		metric_is 'rpiboot_boards_total{code="0"}' 2 && metric_is 'rpiboot_boards_total{code="7"}' 1 &&
		! grep -q '^rpiboot_written' "$work/rpiboot.prom" && [ ! -e "$work/rpiboot.prom.new" ] || return
	printf '{"v":1,"event":"written","bytes":%s,"verified":%s}\n' 5 true 7 false 11 true |
		"$prometheus" "$work/rpiboot.prom" >"$work/copy" && metric_is rpiboot_written_bytes_total 16
}

# A reader opens the file all the time and must never find an incomplete one.
file_is_always_whole() {
	local writer reads=0

	for _ in {1..300}; do cat "$work/lines"; done | "$prometheus" "$work/rpiboot.prom" >/dev/null &
	writer=$!
	while kill -0 "$writer" 2>/dev/null; do
		grep -c '^# TYPE' "$work/rpiboot.prom" | grep -qx 3 || { cat "$work/rpiboot.prom"; return 1; }
		reads=$((reads + 1))
	done
	echo "$reads reads"
	wait "$writer" && [ "$reads" -gt 5 ] && metric_is 'rpiboot_boards_total{code="0"}' 600
}

station_goes_on() {
	{
		printf '%s\n' nonsense '{"event":"result","code":"7\"} 1","seconds":1}' '{"event":"result","code":0,"seconds":NaN}' \
			'{"event":"result","code":0,"seconds":-1e9}' '{"event":"result","code":0,"seconds":"1"}' '{"event":"written","verified":true,"bytes":1e999}'
		printf '{"event":"result","code":0,"seconds":1e308}\n%.0s' 1 2
		printf '{"event":"result","code":0,"seconds":1%0400d}\n' 0
		printf '%*s\n' 100000 '' | tr ' ' '['
		printf '\377\n'
		cat "$work/lines"
	} >"$work/bad"
	! "$prometheus" </dev/null 2>"$work/messages" && printed 'usage: rpiboot' &&
		"$prometheus" "$work/none/rpiboot.prom" <"$work/bad" >"$work/copy" 2>"$work/messages" && cmp "$work/bad" "$work/copy" && printed 'none/rpiboot.prom' &&
		"$prometheus" "$work/rpiboot.prom" <"$work/bad" >"$work/copy" 2>"$work/messages" && cmp "$work/bad" "$work/copy" &&
		metric_is 'rpiboot_boards_total{code="7"}' 1 && metric_is 'rpiboot_boards_total{code="0"}' 2 && ! grep -E 'nan|inf|-[0-9]' "$work/rpiboot.prom"
}

port_free() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# node_exporter serves the figures to Prometheus.
figures_offered() {
	local status=1

	"$prometheus" "$work/rpiboot.prom" <"$work/lines" >/dev/null && port=$(port_free) || return
	"$node_exporter" --collector.disable-defaults --collector.textfile --collector.textfile.directory="$work" \
		--web.listen-address="127.0.0.1:$port" >"$work/exporter" 2>&1 &
	exporter_pid=$!
	for _ in {1..100}; do
		! page_read >"$work/page" 2>/dev/null || break
		sleep 0.1
	done
	grep -qx 'rpiboot_boards_total{code="0"} 2' "$work/page" && grep -qx 'rpiboot_boards_total{code="7"} 1' "$work/page" &&
		grep -qx 'node_textfile_scrape_error 0' "$work/page" && status=0
	[ "$status" = 0 ] || cat "$work/exporter" "$work/page"
	kill "$exporter_pid" && wait "$exporter_pid"
	exporter_pid=
	return "$status"
}

page_read() {
	python3 -c 'import sys, urllib.request; print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1]).read().decode())' \
		"http://127.0.0.1:$port/metrics"
}

journal_listens() {
	port=$(port_free)
	mkdir -p "$work/journal"
	"$remote" --listen-http="127.0.0.1:$port" -o "$work/journal" >"$work/remote" 2>&1 &
	remote_pid=$!
	for _ in {1..100}; do
		! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
		sleep 0.1
	done
	cat "$work/remote"
	return 1
}

# Makes the journal of a host and sends it with systemd-journal-upload.
host_uploads() { # HOST <LINES
	mkdir -p "$work/$1" && python3 "$root/tests/labgrid/journal.py" "$1" | "$remote" -o "$work/$1/host.journal" - &&
		timeout 30 "$upload" --url="http://127.0.0.1:$port" -D "$work/$1" --follow=no
}

hosts_collected() {
	host_uploads lab1 <"$work/lines" && head -n 3 "$work/lines" | host_uploads lab2 || return
	kill "$remote_pid" && wait "$remote_pid"
	remote_pid=
	journalctl -D "$work/journal" -t rpiboot -o cat _HOSTNAME=lab1 | diff "$work/lines" - &&
		[ "$(journalctl -D "$work/journal" -t rpiboot -o cat | wc -l)" = $(($(wc -l <"$work/lines") + 3)) ]
}

check 'rpiboot prints the results of three boards as JSON lines' lines_make
if command -v python3 >/dev/null; then
	check 'rpiboot-prometheus counts the results' results_counted
	check 'a reader always finds a complete file' file_is_always_whole
	check 'rpiboot-prometheus copies all lines even if it cannot write the figures' station_goes_on
else
	skip 'rpiboot-prometheus counts the results' 'there is no python3; ./setup installs it'
fi
if command -v "$node_exporter" >/dev/null; then
	check 'node_exporter serves the figures' figures_offered
else
	skip_fleet 'node_exporter serves the figures' "$node_exporter"
fi
if [ -x "$remote" ] && [ -x "$upload" ] && command -v journalctl >/dev/null; then
	check 'systemd-journal-remote listens for journals' journal_listens
	check 'the collected journal has the events of every host' hosts_collected
else
	skip_fleet 'the collected journal has the events of every host' systemd-journal-remote
fi
cases_end
