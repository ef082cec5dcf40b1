# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Sourced by sysroot and libraries, which set $apt to a directory. apt_get uses package lists and a package database in that
# directory, so it changes nothing of this machine and needs no root. It does not run the update hooks of this machine.

programs_need() { # PROGRAM...
	local program
	for program; do
		command -v "$program" >/dev/null || { echo "there is no $program here, which is necessary to unpack Debian packages" >&2; exit 1; }
	done
}

apt_get() {
	apt-get -q -c "$apt/conf" "$@" </dev/null
}

apt_new() { # makes the directory; stdin has additional lines of its configuration
	rm -rf "$apt"
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/status"
	cat >"$apt/conf"
	cat >>"$apt/conf" <<-CONF
		APT::Install-Recommends "false";
		APT::Get::Assume-Yes "true";
		Dir::State "$apt/state";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt/cache";
		Dir::Log "$apt";
		Acquire::Languages "none";
		APT::Sandbox::User "$(id -un)";
		#clear APT::Update;
	CONF
}
