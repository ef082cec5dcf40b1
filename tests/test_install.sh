#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make install and make uninstall, below DESTDIR, with firmware that is made here.
# shellcheck source=tests/cases.sh
. "$(dirname "$0")/cases.sh"
unset MAKEFLAGS MFLAGS MAKEOVERRIDES PREFIX DESTDIR bindir datadir
dest="$work/dest dir"

# A copy of the project that has firmware; the objects come along, so that little is built.
project_copy() {
	mkdir "$work/project" && cd "$work/project" &&
		cp -R "$root"/*.[ch] "$root/flash" "$root/Makefile" "$root/setup" . &&
		mkdir msd tests && cp "$root/msd/fetch" "$root/msd/firmware.list" msd/ &&
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
	(cd "$1" && find . -type f -printf '%m %p\n' -o -type l -printf 'link %p\n' | sort)
}

# Nothing of ours, and no directory of ours either.
nothing_left() { # DIRECTORY
	! find "$1" \( -type f -o -type l -o -name 'rpiboot*' \) | grep .
}

without_firmware() {
	made install DESTDIR="$dest" >"$work/said" && said 'without firmware' &&
		diff <(files_below "$dest") - <<<'755 ./usr/local/bin/rpiboot' &&
		made uninstall DESTDIR="$dest" && nothing_left "$dest"
}

with_firmware() {
	firmware_make && made install DESTDIR="$dest" PREFIX=/usr && diff <(files_below "$dest") - <<-'EOF'
		644 ./usr/share/rpiboot/mass-storage-gadget64/boot.img
		644 ./usr/share/rpiboot/msd/2710/bootcode.bin
		644 ./usr/share/rpiboot/msd/2710/overlays/dwc2.dtbo
		644 ./usr/share/rpiboot/msd/2711/LICENSE
		644 ./usr/share/rpiboot/msd/2711/bootcode4.bin
		755 ./usr/bin/rpiboot
	EOF
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
	local other=$work/other
	made install DESTDIR="$other" bindir=/opt/b datadir=/opt/d && [ -x "$other/opt/b/rpiboot" ] &&
		[ -e "$other/opt/d/rpiboot/msd/2710/bootcode.bin" ] &&
		LC_ALL=C grep -qaF /opt/d/rpiboot "$other/opt/b/rpiboot" && # where it will look for firmware
		made uninstall DESTDIR="$other" bindir=/opt/b datadir=/opt/d && nothing_left "$other"
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
check "installing again leaves nothing stale" nothing_stale
check "uninstall leaves nothing" gone
check "uninstall where nothing is installed" again_gone
check "bindir and datadir" other_directories
check "other files stay" others_left_alone
cases_end
