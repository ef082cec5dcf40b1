# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions for tests of the labgrid driver. exporter_start() starts an ssh server on this machine with new keys, which labgrid
# reaches as the host "exporter" or "::1". exporter_end() ends it. The caller sets $work and $root.

# Sets $python to a Python that can import labgrid. Returns: 0, 1 (none).
python_find() {
	for python in python3 /usr/bin/python3; do
		! "$python" -c 'import labgrid' >/dev/null 2>&1 || return 0
	done
	return 1
}

port_free() {
	"$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ssh reads its configuration from the home directory in the password file, so a script in the place of ssh names another
# configuration. The sessions get another home directory, so that they do not run the startup files of the user.
exporter_start() { # DIRECTORY for keys and programs [PATH of the sessions]
	local dir=$1 port ssh name

	mkdir -p "$dir/bin" /run/sshd && port=$(port_free) && ssh=$(command -v ssh) || return
	for name in host client; do ssh-keygen -q -t ed25519 -N '' -f "$dir/$name" || return; done
	cp "$dir/client.pub" "$dir/authorized" && chmod 600 "$dir/authorized"
	echo "[127.0.0.1]:$port $(cut -d ' ' -f 1,2 "$dir/host.pub")" >"$dir/known"
	cat >"$dir/sshd_config" <<-EOF2
		ListenAddress 127.0.0.1
		Port $port
		HostKey $dir/host
		AuthorizedKeysFile $dir/authorized
		PidFile $dir/sshd.pid
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		PermitRootLogin prohibit-password
		SetEnv HOME=$dir${2:+ PATH=$2}
	EOF2
	cat >"$dir/ssh_config" <<-EOF2
		Host exporter ::1
		HostName 127.0.0.1
		Port $port
		User $(id -un)
		IdentityFile $dir/client
		IdentitiesOnly yes
		UserKnownHostsFile $dir/known
	EOF2
	printf '#!/bin/sh\nexec %s -F %s "$@"\n' "$ssh" "$dir/ssh_config" >"$dir/bin/ssh" && chmod +x "$dir/bin/ssh"
	PATH=$PATH:/usr/sbin command -v sshd >/dev/null || return
	"$(PATH=$PATH:/usr/sbin command -v sshd)" -D -e -f "$dir/sshd_config" >"$dir/sshd.log" 2>&1 &
	exporter_pid=$!
	export PATH=$dir/bin:$PATH
	for _ in {1..100}; do
		! ssh -o ConnectTimeout=2 exporter true 2>/dev/null || return 0
		sleep 0.1
	done
	cat "$dir/sshd.log"
	return 1
}

exporter_end() {
	[ -z "${exporter_pid:-}" ] || { pkill -P "$exporter_pid"; kill "$exporter_pid"; wait "$exporter_pid"; } 2>/dev/null
}
