#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests make install and make uninstall below DESTDIR, with random firmware.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
unset MAKEFLAGS MFLAGS MAKEOVERRIDES PREFIX INSTALL_PREFIX DESTDIR bindir datadir mandir bashdir zshdir fishdir rulesdir unitdir sysconfdir
dest="$work/dest dir"

# Copies the project with its objects, so that make builds little.
project_copy() {
	mkdir "$work/project" && cd "$work/project" &&
		cp -R "$root"/*.[ch] "${rooms[@]/#/$root/}" "$root/dist" "$root/Makefile" "$root/setup" . &&
		mkdir msd tests && cp "$root/msd/fetch" "$root/msd/firmware.list" "$root/msd/README.md" msd/ &&
		mkdir -p build && cp -pR "$root"/build/*.o "$root"/build/*.d "$root"/build/flash "$root"/build/stamp build/ &&
		cp -p "$root/rpiboot" .
}

firmware_make() {
	mkdir -p msd/2710/overlays msd/2711 mass-storage-gadget64 &&
		echo code >msd/2710/bootcode.bin && echo overlay >msd/2710/overlays/dwc2.dtbo &&
		echo code4 >msd/2711/bootcode4.bin && echo 'a licence' >msd/2711/LICENSE &&
		echo image >mass-storage-gadget64/boot.img &&
		chmod 600 msd/2711/bootcode4.bin # like a file that was fetched with a strict umask
}

made() { # ARGUMENT...: runs make
	make --no-print-directory "$@"
}

files_below() { # DIRECTORY
	(cd "$1" && find . -type f -printf '%m %p\n' -o -type l -printf 'link %p\n' | sort -k 2)
}

# Succeeds if no file, no link and no directory of rpiboot is below the directory.
nothing_left() { # DIRECTORY
	! find "$1" \( -type f -o -type l -o -name 'rpiboot*' \) | grep .
}

# Prints the modes and the names of the installed files. stdin has the lines for the firmware.
installed() { # PREFIX
	sort -k 2 - <<-EOF
		$(cat)
		644 ./etc/default/rpiboot
		755 .$1/bin/rpiboot
		644 .$1/lib/systemd/system/rpiboot-write.service
		644 .$1/lib/systemd/system/rpiboot.service
		644 .$1/lib/udev/rules.d/70-rpiboot.rules
		644 .$1/share/bash-completion/completions/rpiboot
		644 .$1/share/fish/vendor_completions.d/rpiboot.fish
		644 .$1/share/man/man1/rpiboot-eeprom.1
		644 .$1/share/man/man1/rpiboot-image.1
		644 .$1/share/man/man1/rpiboot-key.1
		644 .$1/share/man/man1/rpiboot-recover.1
		644 .$1/share/man/man1/rpiboot-report.1
		644 .$1/share/man/man1/rpiboot-sign.1
		644 .$1/share/man/man1/rpiboot-verify.1
		644 .$1/share/man/man1/rpiboot.1
		644 .$1/share/metainfo/io.github.rpiboot.metainfo.xml
		644 .$1/share/rpiboot/README.md
		755 .$1/share/rpiboot/fetch
		755 .$1/share/rpiboot/fetch-firmware
		644 .$1/share/rpiboot/firmware.list
		644 .$1/share/zsh/site-functions/_rpiboot
	EOF
}

without_firmware() {
	made install DESTDIR="$dest" >"$work/messages" && printed 'without firmware' &&
		diff <(files_below "$dest") <(installed /usr/local </dev/null | sed '/^$/d') &&
		made uninstall DESTDIR="$dest" && nothing_left "$dest"
}

with_firmware() {
	firmware_make && made install DESTDIR="$dest" PREFIX=/usr && diff <(files_below "$dest") <(installed /usr <<-'EOF'
		644 ./usr/share/rpiboot/mass-storage-gadget64/boot.img
		644 ./usr/share/rpiboot/msd/2710/bootcode.bin
		644 ./usr/share/rpiboot/msd/2710/overlays/dwc2.dtbo
		644 ./usr/share/rpiboot/msd/2711/LICENSE
		644 ./usr/share/rpiboot/msd/2711/bootcode4.bin
	EOF
	)
}

# The installed files have no placeholder, and have the paths of the installation.
filled_in() {
	! grep -rE '@[A-Z]+@' "$dest" && grep '^ExecStart=/usr/bin/rpiboot ' "$dest"/usr/lib/systemd/system/rpiboot{,-write}.service &&
		grep -F 'usr/share/rpiboot/fetch-firmware' "$dest/usr/share/man/man1/rpiboot.1" &&
		grep -F "\"rpiboot $("$dest/usr/bin/rpiboot" --version | sed -n '1s/rpiboot //p')\"" "$dest/usr/share/man/man1/rpiboot.1"
}

runs() {
	local version
	version=$("$dest/usr/bin/rpiboot" --version | sed -n '1s/^rpiboot \([0-9].*\)/\1/p')
	[ -n "$version" ] && "$dest/usr/bin/rpiboot" -V |
		sed 's,[0-9]\{4\}/[0-9][0-9]/[0-9][0-9],DATE,' | grep -xF "RPIBOOT: build-date DATE pkg-version $version"
}

# A file that the firmware no longer has must not stay installed, because rpiboot would serve it.
nothing_stale() {
	rm msd/2710/overlays/dwc2.dtbo && rmdir msd/2710/overlays &&
		made install DESTDIR="$dest" PREFIX=/usr && [ ! -e "$dest/usr/share/rpiboot/msd/2710/overlays" ] &&
		[ -e "$dest/usr/share/rpiboot/msd/2710/bootcode.bin" ]
}

gone() {
	made uninstall DESTDIR="$dest" PREFIX=/usr && nothing_left "$dest"
}

again_gone() {
	made uninstall DESTDIR="$dest" PREFIX=/usr
}

other_directories() {
	local other=$work/other file
	local where=(DESTDIR="$other" bindir=/opt/b datadir=/opt/d mandir=/opt/m bashdir=/opt/bash zshdir=/opt/zsh
		fishdir=/opt/fish rulesdir=/opt/udev unitdir=/opt/units sysconfdir=/opt/etc)
	made install "${where[@]}" && [ -x "$other/opt/b/rpiboot" ] || return
	for file in d/rpiboot/msd/2710/bootcode.bin m/man1/rpiboot.1 bash/rpiboot zsh/_rpiboot fish/rpiboot.fish \
		udev/70-rpiboot.rules units/rpiboot.service etc/default/rpiboot; do
		[ -s "$other/opt/$file" ] || { echo "$file is not there"; return 1; }
	done
	[ "$(ls "$other")" = opt ] && LC_ALL=C grep -qaF /opt/d/rpiboot "$other/opt/b/rpiboot" && # the firmware directory
		made uninstall "${where[@]}" && nothing_left "$other"
}

# make install and make uninstall keep a file in /etc that the administrator has changed.
defaults_kept() {
	local other=$work/defaults
	made install DESTDIR="$other" && echo 'RPIBOOT_OPTIONS="-v"' >"$other/etc/default/rpiboot" &&
		made install DESTDIR="$other" && made uninstall DESTDIR="$other" &&
		[ "$(files_below "$other" | cut -d ' ' -f 2)" = ./etc/default/rpiboot ] &&
		[ "$(cat "$other/etc/default/rpiboot")" = 'RPIBOOT_OPTIONS="-v"' ]
}

# fetch-firmware copies fetch to the directory and runs the copy. tests/cli/test_fetch.sh tests fetch itself.
fetches() {
	local other=$work/fetching to="$work/to here"
	made install DESTDIR="$other" PREFIX=/usr || return
	cat >"$other/usr/share/rpiboot/fetch" <<-'EOF'
		#!/bin/sh
		echo "run as $0, beside" $(ls "$(dirname "$0")")
		exit 3
	EOF
	status_is 3 "$other/usr/share/rpiboot/fetch-firmware" "$to" && printed "run as $to/msd/fetch" && printed 'beside fetch firmware.list' &&
		cmp "$to/msd/firmware.list" msd/firmware.list && status_is 2 "$other/usr/share/rpiboot/fetch-firmware" --help
}

# The Makefile of the usbboot tool has INSTALL_PREFIX. PREFIX takes precedence.
install_prefix() {
	local other=$work/prefix
	made install DESTDIR="$other" INSTALL_PREFIX=/opt/x && [ -x "$other/opt/x/bin/rpiboot" ] &&
		LC_ALL=C grep -qaF /opt/x/share/rpiboot "$other/opt/x/bin/rpiboot" &&
		made uninstall DESTDIR="$other" INSTALL_PREFIX=/opt/x && nothing_left "$other" &&
		made install DESTDIR="$other" INSTALL_PREFIX=/opt/x PREFIX=/opt/y && [ -x "$other/opt/y/bin/rpiboot" ] && [ ! -e "$other/opt/x/bin/rpiboot" ]
}

narrow_umask() {
	local other=$work/umask
	(umask 077 && made install DESTDIR="$other") || return
	! find "$other" -mindepth 1 -type d ! -perm -555 -o -type f ! -perm -444 | grep .
}

# Installs without DESTDIR, because the program looks for firmware below its prefix.
no_firmware_here() {
	local other=$work/here
	made install DESTDIR=/ PREFIX="$other" sysconfdir="$other/etc" && rm -r "$other"/share/rpiboot/{msd,mass-storage-gadget64} &&
		status_is 5 env -u RPIBOOT_FIRMWARE SUDO_UID=1 "$other/bin/rpiboot" --timeout 5 &&
		printed "fetch them with 'sudo $other/share/rpiboot/fetch-firmware'" &&
		status_is 5 env -u RPIBOOT_FIRMWARE "$PWD/rpiboot" -d none --timeout 5 && printed "'none' does not exist"
}

# Without an argument, fetch-firmware fetches into the directory in which the program looks for firmware, also for -d NAME.
fetched_here() {
	local other=$work/here
	cat >"$other/share/rpiboot/fetch" <<-'EOF'
		#!/bin/sh
		mkdir -p "$(dirname "$0")/2710" && echo code >"$(dirname "$0")/2710/bootcode.bin" && echo elf >"$(dirname "$0")/2710/start.elf"
	EOF
	(umask 077 && "$other/share/rpiboot/fetch-firmware") &&
		[ "$(stat -c %a "$other/share/rpiboot/msd/2710")" = 755 ] &&
		status_is 0 env -u RPIBOOT_FIRMWARE "$other/bin/rpiboot" --check &&
		printed "BCM2835: usable: $other/share/rpiboot/msd/2710/bootcode.bin" &&
		cd / && status_is 3 env -u RPIBOOT_FIRMWARE "$other/bin/rpiboot" -d msd --timeout 0.1 &&
		printed "uses '$other/share/rpiboot/msd'"
}

# The package manager must see each later version as an upgrade.
versions_rise() {
	local version last='' name
	cd "$work/project" || return
	export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t
	git init -q . && git add Makefile || return
	for name in first second v0.1 third v0.2; do
		case $name in
		v*) git tag "$name" ;;
		*) GIT_COMMITTER_DATE="$((1790000000 + ${#last})) +0000" git commit -q --allow-empty -m "$name" ;;
		esac
		version=$(make -pn 2>/dev/null | sed -n 's/^VERSION := //p')
		echo "$name: $version"
		[ -z "$last" ] || dpkg --compare-versions "${version//-/+}" gt "${last//-/+}" || return
		last=$version
	done
	[ "$last" = 0.2 ]
}

others_left_alone() {
	local other=$work/shared
	mkdir -p "$other/usr/local/share/rpiboot" "$other/usr/local/bin" && echo mine >"$other/usr/local/share/rpiboot/mine" &&
		made install DESTDIR="$other" && made uninstall DESTDIR="$other" &&
		[ "$(files_below "$other" | cut -d ' ' -f 2)" = ./usr/local/share/rpiboot/mine ]
}

check "the project is copied" project_copy
check "make install and make uninstall work without firmware" without_firmware
check "make install works with firmware, PREFIX and a DESTDIR with a space" with_firmware
check "the installed program runs" runs
check "the installed files have their paths and version" filled_in
check "make install removes firmware files that no longer exist" nothing_stale
check "make uninstall removes all files" gone
check "make uninstall succeeds if nothing is installed" again_gone
check "variables of make can change every directory" other_directories
check "make uninstall keeps other files" others_left_alone
check "make install and make uninstall keep changed defaults" defaults_kept
check "fetch-firmware DIRECTORY fetches into that directory" fetches
check "INSTALL_PREFIX works like PREFIX" install_prefix
check "all users may read the installed files with any umask" narrow_umask
if [ -e /usr/share/rpiboot ] || [ -e /usr/local/share/rpiboot ]; then
	skip "without firmware, the program names the command that fetches it" 'this machine may have firmware'
	skip "fetch-firmware fetches into the directory in which the program looks" 'this machine may have firmware'
else
	check "without firmware, the program names the command that fetches it" no_firmware_here
	check "fetch-firmware fetches into the directory in which the program looks" fetched_here
fi
if command -v git >/dev/null && command -v dpkg >/dev/null; then
	check "later commits and tags have later versions" versions_rise
else
	skip "later commits and tags have later versions" 'there is no git or no dpkg here'
fi
cases_end
