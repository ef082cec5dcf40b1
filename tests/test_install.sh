#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make install and make uninstall, below DESTDIR, with firmware that is made here.
# shellcheck source=tests/cases.sh
. "$(dirname "$0")/cases.sh"
unset MAKEFLAGS MFLAGS MAKEOVERRIDES PREFIX DESTDIR bindir datadir mandir bashdir zshdir fishdir rulesdir unitdir sysconfdir
dest="$work/dest dir"

# A copy of the project that has firmware; the objects come along, so that little is built.
project_copy() {
	mkdir "$work/project" && cd "$work/project" &&
		cp -R "$root"/*.[ch] "$root/flash" "$root/dist" "$root/Makefile" "$root/setup" . &&
		mkdir msd tests && cp "$root/msd/fetch" "$root/msd/firmware.list" "$root/msd/README.md" msd/ &&
		mkdir -p build && cp -pR "$root"/build/*.o "$root"/build/*.d "$root"/build/flash "$root"/build/stamp build/ &&
		cp -p "$root/rpiboot" .
}

firmware_make() {
	mkdir -p msd/2710/overlays msd/2711 mass-storage-gadget64 &&
		echo code >msd/2710/bootcode.bin && echo overlay >msd/2710/overlays/dwc2.dtbo &&
		echo code4 >msd/2711/bootcode4.bin && echo 'a licence' >msd/2711/LICENSE &&
		echo image >mass-storage-gadget64/boot.img &&
		chmod 600 msd/2711/bootcode4.bin # as of a narrow umask
}

made() { # make ARGUMENT...: quietly, but for mistakes
	make --no-print-directory "$@"
}

files_below() { # DIRECTORY
	(cd "$1" && find . -type f -printf '%m %p\n' -o -type l -printf 'link %p\n' | sort -k 2)
}

# Nothing of ours, and no directory of ours either.
nothing_left() { # DIRECTORY
	! find "$1" \( -type f -o -type l -o -name 'rpiboot*' \) | grep .
}

# What is always installed, below $1. Firmware is added on stdin.
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
		644 .$1/share/man/man1/rpiboot.1
		644 .$1/share/metainfo/rpiboot.metainfo.xml
		644 .$1/share/rpiboot/README.md
		755 .$1/share/rpiboot/fetch
		755 .$1/share/rpiboot/fetch-firmware
		644 .$1/share/rpiboot/firmware.list
		644 .$1/share/zsh/site-functions/_rpiboot
	EOF
}

without_firmware() {
	made install DESTDIR="$dest" >"$work/said" && said 'without firmware' &&
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

# No placeholder is left in what was installed, and its paths are the ones it was installed for.
filled_in() {
	! grep -rE '@[A-Z]+@' "$dest" && grep '^ExecStart=/usr/bin/rpiboot ' "$dest"/usr/lib/systemd/system/rpiboot{,-write}.service &&
		grep -F 'usr/share/rpiboot/fetch-firmware' "$dest/usr/share/man/man1/rpiboot.1" &&
		grep -F "\"rpiboot $("$dest/usr/bin/rpiboot" --version | cut -d ' ' -f 2)\"" "$dest/usr/share/man/man1/rpiboot.1"
}

runs() {
	"$dest/usr/bin/rpiboot" --version | grep -q '^rpiboot [0-9a-f]'
}

# As after a change of the source: what is not part of it any more would still be served to boards.
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
	[ "$(ls "$other")" = opt ] && LC_ALL=C grep -qaF /opt/d/rpiboot "$other/opt/b/rpiboot" && # where it looks for firmware
		made uninstall "${where[@]}" && nothing_left "$other"
}

# What the administrator has changed stays, whatever is installed or removed.
defaults_kept() {
	local other=$work/defaults
	made install DESTDIR="$other" && echo 'RPIBOOT_OPTIONS="-v"' >"$other/etc/default/rpiboot" &&
		made install DESTDIR="$other" && made uninstall DESTDIR="$other" &&
		[ "$(files_below "$other" | cut -d ' ' -f 2)" = ./etc/default/rpiboot ] &&
		[ "$(cat "$other/etc/default/rpiboot")" = 'RPIBOOT_OPTIONS="-v"' ]
}

# The directory named gets a fetch of its own, which is what is run; what it does is tests/test_fetch.sh's matter.
fetches() {
	local other=$work/fetching to="$work/to here"
	made install DESTDIR="$other" PREFIX=/usr || return
	cat >"$other/usr/share/rpiboot/fetch" <<-'EOF'
		#!/bin/sh
		echo "run as $0, beside" $(ls "$(dirname "$0")")
		exit 3
	EOF
	status_is 3 "$other/usr/share/rpiboot/fetch-firmware" "$to" && said "run as $to/msd/fetch" && said 'beside fetch firmware.list' &&
		cmp "$to/msd/firmware.list" msd/firmware.list && status_is 2 "$other/usr/share/rpiboot/fetch-firmware" --help
}

others_left_alone() {
	local other=$work/shared
	mkdir -p "$other/usr/local/share/rpiboot" "$other/usr/local/bin" && echo mine >"$other/usr/local/share/rpiboot/mine" &&
		made install DESTDIR="$other" && made uninstall DESTDIR="$other" &&
		[ "$(files_below "$other" | cut -d ' ' -f 2)" = ./usr/local/share/rpiboot/mine ]
}

check "a copy of the project" project_copy
check "install and uninstall without firmware" without_firmware
check "install with firmware, PREFIX and a DESTDIR with a space" with_firmware
check "what was installed runs" runs
check "paths and version are filled in" filled_in
check "installing again leaves nothing stale" nothing_stale
check "uninstall leaves nothing" gone
check "uninstall where nothing is installed" again_gone
check "every directory can be another one" other_directories
check "other files stay" others_left_alone
check "what the administrator changed stays" defaults_kept
check "fetch-firmware fetches into the directory named" fetches
cases_end
