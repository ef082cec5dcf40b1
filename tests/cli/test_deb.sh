#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages with make deb, checks them with lintian, and installs, runs and purges the package in a root directory.
# shellcheck source=tests/cli/cases.sh disable=SC2016 # grep searches for a variable of another script
. "$(dirname "$0")/cases.sh"
unset MAKEFLAGS MFLAGS MAKEOVERRIDES PREFIX INSTALL_PREFIX DESTDIR
if ! command -v dpkg-deb >/dev/null || ! command -v apt-get >/dev/null; then
	skip 'the Debian package' 'this system is not Debian'
	exit 77
fi
if [ "$(id -u)" != 0 ]; then
	skip 'the Debian package' 'dpkg --root needs root'
	exit 77
fi

# Builds in a copy of the project, so that the packages of the user stay as they are.
built() {
	cp -R "$root" "$work/project" && rm -rf "$work/project/build/deb" "$work/project"/build/*.deb &&
		make -C "$work/project" --no-print-directory deb &&
		package=$(echo "$work/project/build/rpiboot_"*.deb) && symbols=$(echo "$work/project/build/rpiboot-dbgsym_"*.deb) &&
		labgrid=$(echo "$work/project/build/python3-labgrid-rpiboot_"*_all.deb) &&
		[ -f "$package" ] && [ -f "$symbols" ] && [ -f "$labgrid" ]
}

silent_lintian() {
	lintian --allow-root --fail-on error,warning "$package" "$labgrid" >"$work/lintian" 2>&1
	local status=$?

	cat "$work/lintian"
	[ "$status" = 0 ]
}

# The debug symbols have the build id of the program.
symbols_match() {
	local id

	mkdir "$work/program" "$work/symbols" && dpkg-deb -x "$package" "$work/program" &&
		dpkg-deb -x "$symbols" "$work/symbols" || return
	id=$(readelf -n "$work/program/usr/bin/rpiboot" | sed -n 's/.*Build ID: //p')
	echo "build id $id"
	[ -n "$id" ] && [ -f "$work/symbols/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" ]
}

# The driver is a separate package, because a host with boards needs no labgrid, and a client needs no rpiboot.
labgrid_is_apart() {
	mkdir "$work/labgrid" && dpkg-deb -x "$labgrid" "$work/labgrid" || return
	(cd "$work/labgrid" && find . -type f | sort) | tee "$work/messages"
	printed ./usr/lib/python3/dist-packages/labgrid_rpiboot/driver.py && printed ./usr/lib/python3/dist-packages/labgrid_rpiboot/py.typed &&
		printed examples/env.yaml && ! grep -E '__pycache__|bin/' "$work/messages" || return
	dpkg-deb -f "$labgrid" Depends | grep python3-labgrid && ! dpkg-deb -f "$package" Depends | grep python || return
	# shellcheck source=tests/labgrid/exporter.sh
	. "$root/tests/labgrid/exporter.sh"
	! python_find || (cd / && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$work/labgrid/usr/lib/python3/dist-packages "$python" -c 'import labgrid_rpiboot')
}

dpkg_there() { # ARGUMENT...: runs dpkg with a root directory without any other packages
	dpkg --root="$work/root" --force-depends --force-not-root --force-script-chrootless --log=/dev/null "$@"
}

files_there() {
	(cd "$work/root" && find . \( -type f -o -type l \) ! -path './var/lib/dpkg/*' | sort)
}

# Prints the directory in which this distribution has units or rules. Without a package that has some, prints the directory of the
# new package.
home_of() { # PACKAGE FILE
	local home

	home=$(dpkg-query -L "$1" 2>/dev/null | sed -n "s,^/\\(.*lib/$2\\)/.*\.\\(service\\|rules\\)$,\\1,p" | head -n 1)
	[ -n "$home" ] || { [ -d "$work/root/usr/lib/$2" ] && home=usr/lib/$2; }
	echo "${home:-lib/$2}"
}

installed() {
	mkdir -p "$work/root/var/lib/dpkg/"{info,updates} && : >"$work/root/var/lib/dpkg/status"
	files_there >"$work/before"
	dpkg_there -i "$package" || return
	files_there
	for file in usr/bin/rpiboot usr/share/man/man1/rpiboot.1.gz etc/default/rpiboot \
		"$(home_of systemd systemd/system)/rpiboot.service" "$(home_of udev udev/rules.d)/70-rpiboot.rules" usr/share/bash-completion/completions/rpiboot \
		usr/share/rpiboot/fetch-firmware; do
		[ -f "$work/root/$file" ] || { echo "there is no $file"; return 1; }
	done
	# The installation must not enable a station.
	! find "$work/root/etc/systemd" -name 'rpiboot*' 2>/dev/null | grep .
}

runs() {
	local version

	version=$(dpkg-deb -f "$package" Version)
	version=${version#*:}
	"$work/root/usr/bin/rpiboot" --version | tee "$work/messages"
	grep -qF -e "$version" "$work/messages" || { echo "the program is not version $version"; return 1; }
	status_is 5 env RPIBOOT_FIRMWARE= "$work/root/usr/bin/rpiboot" --check -d "$work/none" && printed none
}

# Another package depends on an earlier rpiboot, whose version is a date.
dependant() {
	mkdir -p "$work/dependant/DEBIAN" && cat >"$work/dependant/DEBIAN/control" <<-'EOF' || return
		Package: wants-rpiboot
		Version: 1
		Architecture: all
		Maintainer: none <none@example.com>
		Depends: rpiboot (>= 20260603~182203)
		Description: wants rpiboot
	EOF
	dpkg-deb --root-owner-group -b "$work/dependant" "$work/dependant.deb" &&
		dpkg --root="$work/root" --force-not-root --force-script-chrootless --log=/dev/null -i "$work/dependant.deb" &&
		dpkg_there -P wants-rpiboot
}

# Makes the files of fetch-firmware. The package must remove them when it is purged.
firmware_fetched() {
	local data=$work/root/usr/share/rpiboot
	mkdir -p "$data/msd/2710" && touch "$data/msd/.fetched" "$data/msd/2710/bootcode.bin" &&
		grep -q 'to=${1:-$here}' "$data/fetch-firmware"
}

purged() {
	dpkg_there -r rpiboot && [ -f "$work/root/etc/default/rpiboot" ] && [ ! -e "$work/root/usr/bin/rpiboot" ] &&
		dpkg_there -P rpiboot || return
	files_there | diff "$work/before" -
}

check 'make deb builds the package and its debug symbols' built
check 'lintian reports no error and no warning' silent_lintian
check 'the debug symbols belong to the program' symbols_match
check 'the driver for labgrid is a separate package' labgrid_is_apart
check 'the package installs its files and enables no service' installed
check 'the installed program runs' runs
check 'the package satisfies a dependency on a version that is a date' dependant
check 'fetch-firmware fetches into the directory of the package' firmware_fetched
check 'a removed package keeps the configuration, a purged one keeps nothing' purged
cases_end
