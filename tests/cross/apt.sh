# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Sourced by sysroot and musl, with $apt a directory: apt_get there works on lists and a record of packages of its own in
# $apt, so that this machine's are left alone, and nobody has to be root. What this machine does after an update of its own
# lists is not done.

programs_need() { # PROGRAM...
	local program
	for program; do
		command -v "$program" >/dev/null || { echo "there is no $program here, which this needs: it is made of Debian's packages" >&2; exit 1; }
	done
}

apt_get() {
	apt-get -q -c "$apt/conf" "$@" </dev/null
}

apt_new() { # further lines of its configuration on stdin
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
