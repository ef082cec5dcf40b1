#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the command image. fsck.fat and mcopy check each image that it makes.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
program=$root/rpiboot PATH=$PATH:/usr/sbin:/sbin
[ -x "$program" ] || { echo "the program is not built; make check builds it"; exit 1; }
for tool in fsck.fat mcopy; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
cd "$work" || exit 1
unset SOURCE_DATE_EPOCH

ends() { # STATUS ARGUMENT...
	local status=0
	timeout "${RPIBOOT_COMMAND_S:-60}" "$program" "${@:2}" >"$work/out" 2>"$work/messages" </dev/null || status=$?
	cat "$work/out" "$work/messages"
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

# Succeeds if the command prints one line with TEXT and makes no new file.
refuses() { # STATUS TEXT ARGUMENT...
	ends "$1" "${@:3}" && printed "$2" && [ "$(wc -l <messages)" = 1 ] && [ ! -s out ] && [ -z "$(compgen -G 'new*')" ] &&
		[ -z "$(compgen -G '.new*')" ]
}

# Makes files with short names, long names, names with a common beginning, and names in deep directories.
files_new() { # KIB of random bytes
	local i
	rm -rf files
	mkdir -p files/overlays/deep/deeper
	echo arm_64bit=1 >files/config.txt
	echo kernel >files/KERNEL8.IMG
	echo device tree >files/bcm2712-rpi-5-b.dtb
	: >files/empty
	echo spaces >"files/a long name with spaces.txt"
	echo dots >files/a.b.c.d
	echo tilde >files/kernel~1.txt
	echo tilde >files/kernel8-again.txt
	echo plus >files/a+b.txt
	echo long >"files/$(printf '%0*d' "${RPIBOOT_NAME_BYTES:-255}" 1)" # tests/cross/windows sets it
	for i in $(seq 1 150); do echo "$i" >"files/overlays/vc4-kms-dsi-$i-overlay.dtbo"; done
	echo deep >files/overlays/deep/deeper/file
	echo 'hidden' >files/.hidden
	head -c $(($1 * 1024)) /dev/urandom >files/random.bin
}

# The image has exactly the files of the directory, and fsck.fat reports no error.
image_is() { # IMAGE DIRECTORY BITS
	fsck.fat -n "$1" >fsck 2>&1 || { cat fsck; return 1; }
	rm -rf copied && mkdir copied && mcopy -s -n -i "$1" '::*' copied/ && diff -r "$2" copied || return 1
	[ "$(($(stat -c %s "$1") % 1024))" = 0 ] || return 1
	local at=54
	[ "$3" != 32 ] || at=82
	[ "$(dd if="$1" bs=1 skip="$at" count=5 status=none)" = "FAT$3" ]
}

sizes() { # BITS KIB...
	local kib
	for kib in "${@:2}"; do
		files_new "$kib" && ends 0 image files -o boot.img --for cm5 && [ ! -s messages ] || return 1
		rm files/.hidden
		image_is boot.img files "$1" || { echo "with $kib KiB"; return 1; }
	done
}

same_bytes() {
	files_new 100 && ends 0 image files -o one --for cm5 || return 1
	rm -rf again && cp -r files again && touch -d 2001-01-01 again/* && ends 0 image again -o two --for pi500 && cmp one two || return 1
	SOURCE_DATE_EPOCH=1700000000 ends 0 image files -o three --for 2712 && ! cmp -s one three || return 1
	mdir -i three ::config.txt | grep -q '2023-11-14  22:13' || return 1
	echo other >again/config.txt && ends 0 image again -o four --for cm5 || return 1
	# The volume id comes from the content.
	[ "$(dd if=one bs=1 skip=39 count=4 status=none | od -An -tx4)" != "$(dd if=four bs=1 skip=39 count=4 status=none | od -An -tx4)" ]
}

# The command leaves its output and the .sig out of the image, if they are in the directory of the files.
output_left_out() {
	files_new 10 && rm files/.hidden && openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out a.pem 2>/dev/null || return 1
	rm -rf want && cp -r files want && ends 0 image files -o files/x.img --for cm5 --key a.pem && image_is files/x.img want 12 || return 1
	cp files/x.img one && ends 0 image files -o files/x.img --for cm5 && cmp files/x.img one || return 1
	# The .sig of a link is beside the link.
	rm files/x.sig && ln -s files/x.img link && ends 0 image files -o link --for cm5 && cmp files/x.img one && ends 0 image ./files -o files/../files/x.img --for cm5 &&
		cmp files/x.img one || return 1
	# An image that is not the output is an ordinary file.
	ends 0 image files -o other --for cm5 && cp files/x.* want/ && image_is other want 12
}

# The names of a FAT directory have 65536 entries of 32 bytes at most, and each of these names needs 21.
directory_full() { # DIRECTORY
	rm -rf files && mkdir -p files/overlays &&
		(cd "$1" && seq -f '%04.0f' 3119 | sed "s/\$/$(printf '%0248d' 0)/" | xargs touch) && ends 0 image files -o boot.img --for cm5 &&
		fsck.fat -n boot.img || return 1
	(cd "$1" && seq -f '%04.0f' 3120 3121 | sed "s/\$/$(printf '%0248d' 0)/" | xargs touch)
	refuses 5 'is too large for FAT' image files -o new --for cm5
}

chips() { # --for selects the files of one chip
	local name board
	rm -rf card && mkdir -p card/overlays || return 1
	for name in config.txt cmdline.txt bootcode.bin start.elf start_x.elf start4.elf start4x.elf fixup.dat fixup_x.dat fixup4.dat \
		kernel.img kernel7.img kernel7l.img kernel8.img kernel_2712.img initramfs8 initramfs_2712 bcm2708-rpi-b.dtb bcm2710-rpi-3-b.dtb \
		bcm2711-rpi-4-b.dtb bcm2712-rpi-5-b.dtb overlays/bcm2708.dtbo boot.img boot.sig; do
		echo "$name" >"card/$name"
	done
	rm -rf want && cp -r card want && cd want && rm bootcode.bin start.elf start_x.elf fixup.dat fixup_x.dat kernel.img kernel7.img \
		kernel_2712.img initramfs_2712 bcm2708* bcm2710* bcm2712* boot.img boot.sig && cd .. || return 1
	for board in cm4 Pi400 BCM2711 2711; do
		ends 0 image card -o boot.img --for "$board" && [ ! -s messages ] && image_is boot.img want 12 || return 1
	done
	rm -rf want && cp -r card want && cd want && rm bootcode.bin start* fixup* kernel.img kernel7* bcm2708* bcm2710* bcm2711* \
		boot.img boot.sig && cd .. || return 1
	ends 0 image card -o boot.img --for pi5 && [ ! -s messages ] && image_is boot.img want 12 || return 1
	rm card/start4.elf card/start4x.elf card/bcm2711*
	ends 0 image card -o boot.img --for cm4 && printed "no start4*.elf" && printed 'no bcm2711*.dtb'
}

signed() {
	files_new 10
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out a.pem 2>/dev/null
	ends 0 image files -o boot.img --for cm5 --key a.pem && ends 0 verify boot.img --pubkey a.pem && [ ! -s messages ] || return 1
	rm boot.img boot.sig
	refuses 5 'No such file' image files -o new.img --for cm5 --key none.pem
}

names_refused() {
	local name
	for name in "$@"; do
		rm -rf files && mkdir -p files/overlays && echo >"files/overlays/$name"
		refuses 5 "the name 'overlays/" image files -o new --for cm5 || return 1
	done
}

trees_refused() {
	rm -rf files && mkdir files && echo >files/Config.txt && echo >files/config.TXT
	refuses 5 'same name in FAT' image files -o new --for cm5 || return 1
	rm -rf files && mkdir -p files/a/b files/A && echo >files/a/b/c && echo >files/A/c
	refuses 5 'differ only in case' image files -o new --for cm5 || return 1
	rm -rf files && mkdir -p files/1/2/3/4/5/6/7/8/9
	refuses 5 'more than 8 directories' image files -o new --for cm5
}

special_refused() {
	rm -rf files && mkdir files && ln -s /etc/passwd files/config.txt
	refuses 5 'symbolic link' image files -o new --for cm5 || return 1
	rm files/config.txt && ln -s .. files/overlays
	refuses 5 'symbolic link' image files -o new --for cm5 || return 1
	rm files/overlays && mkfifo files/fifo
	refuses 5 'special file' image files -o new --for cm5
}

too_large() {
	local name
	rm -rf files && mkdir files && echo kept >kept
	for name in start4.elf fixup4.dat kernel8.img bcm2711-rpi-4-b.dtb; do echo >"files/$name"; done
	truncate -s 128M files/initramfs8
	refuses 5 'loads at most 134217728' image files -o new --for cm4 &&
		! "$program" image files -o kept --for cm4 2>messages && [ "$(cat kept)" = kept ] || return 1
	truncate -s 97M files/initramfs8
	ends 0 image files -o boot.img --for cm4 && printed 'may refuse more than 100663296' && image_is boot.img files 32
}

lines_refused() {
	mkdir -p files
	refuses 2 'rpiboot image needs DIR' image files -o new &&
		refuses 2 'rpiboot image needs DIR' image files --for cm4 &&
		refuses 2 "not 'pi9'" image files -o new --for pi9 &&
		refuses 2 'do not boot from a boot.img' image files -o new --for pi3 &&
		refuses 2 'so -o must name a file' image files -o - --for cm4 --key a.pem &&
		refuses 5 'No such file' image none -o new --for cm4
}

check 'image makes a FAT12 image up to the last cluster of FAT12' sizes 12 0 1 700 1900
check 'image makes a FAT16 image beyond the clusters of FAT12' sizes 16 1970 1985 2000 2100 32640
check 'image makes a FAT32 image beyond the clusters of FAT16' sizes 32 32680 32760 40000
check 'image makes the same bytes from the same files' same_bytes
check 'image --for takes only the files of that chip' chips
check 'image leaves its output out of the image' output_left_out
check 'image fills a directory and refuses one file more' directory_full files/overlays
check 'image fills the root directory and refuses one file more' directory_full files
check 'image --key signs the image' signed
check 'image refuses names that FAT cannot hold' names_refused 'colon:' 'question?' $'caf\xc3\xa9' $'tab\t'
check 'image refuses names that end with a dot or a space' names_refused 'end.' 'end '
check 'image refuses names that differ only in case, and directories that are too deep' trees_refused
check 'image refuses links and special files' special_refused
check 'image refuses more bytes than the firmware loads' too_large
check 'image refuses wrong command lines' lines_refused
cases_end
