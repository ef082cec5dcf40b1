#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Libraries open files on first use. After the sandbox is closed, no library may open a file, and a failed open must not end the
# program.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
program=$root/rpiboot boot=$work/boot no_random=$root/build/tests/no_random.so
[ -x "$program" ] || { echo "the program is not built; make check builds it"; exit 1; }
unset RPIBOOT_FIRMWARE RPIBOOT_UNCONFINED
if [ -n "${COVERAGE:-}" ]; then
	skip 'no library opens a file after the sandbox is closed' 'gcov opens its files when the program ends'
	cases_end
fi
mkdir "$boot" "$work/packed"
printf '\177code' >"$boot/bootcode4.bin"
printf '\177ELF' >"$boot/start4.elf"
# The archives have names beyond ASCII and local times, so that the libraries load conversions and time zones.
python3 - "$work" <<'END' || exit 1
import hashlib, io, sys, tarfile, zipfile
work = sys.argv[1]
image = bytearray(65536)
image[510:512] = b"\x55\xaa"
open(work + "/os.img", "wb").write(image)
with zipfile.ZipFile(work + "/os.zip", "w", zipfile.ZIP_DEFLATED) as packed:
    packed.writestr("gr\u00f6\u00dfe.img", bytes(image))
with tarfile.open(work + "/packed/bootfiles.bin", "w", format=tarfile.PAX_FORMAT) as packed:
    for name, text in ("2711/gr\u00f6\u00dfe.dat", b"x"), ("2711/bootcode4.bin", b"\x7fcode"), ("2711/start4.elf", b"\x7fELF"):
        member = tarfile.TarInfo(name)
        member.size = len(text)
        packed.addfile(member, io.BytesIO(text))
bmap = """<?xml version="1.0" ?>
<bmap version="2.0"><ImageSize>65536</ImageSize><BlockSize>4096</BlockSize><BlocksCount>16</BlocksCount>
<MappedBlocksCount>16</MappedBlocksCount><ChecksumType>sha256</ChecksumType><BmapFileChecksum>%s</BmapFileChecksum>
<BlockMap><Range chksum="%s">0-15</Range></BlockMap></bmap>
"""
text = bmap % ("0" * 64, hashlib.sha256(image).hexdigest())
open(work + "/os.bmap", "w").write(text.replace("0" * 64, hashlib.sha256(text.encode()).hexdigest()))
END

# Runs the program to its end. It must print JSON, and stderr may have only the message that no board appeared.
runs() { # STATUS ARGUMENT...
	local status=0
	"${wrapper[@]}" "$program" --json "${@:2}" >"$work/out" 2>"$work/messages" </dev/null || status=$?
	cat "$work/out" "$work/messages"
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
	grep -q '^{"v":1,' "$work/out" || { echo "no JSON"; return 1; }
	! grep -vE '^rpiboot: no board ' "$work/messages"
}

modes() {
	runs 0 --check -d "$boot" && runs 0 --check -d "$work/packed" && runs 3 -d "$boot" -p 99-1 --timeout 0.1 &&
		runs 3 -d "$boot" -p 99-1 --write "$work/os.img" --bmap "$work/os.bmap" --timeout 0.1
}

without_random() { # KIND
	local wrapper=(env "NO_RANDOM=$1" "LD_PRELOAD=$no_random" "ASAN_OPTIONS=verify_asan_link_order=0")
	modes
}

# Prints the system calls after landlock_restrict_self() that the sandbox denies, and programs that a library runs. Fails if there
# is one.
refused_after() { # STATUS ARGUMENT...
	local wrapper=(strace -f -o "$work/trace") started
	runs "$@" >/dev/null
	# A call that another thread interrupts has a second line, "<... NAME resumed>".
	started=$(grep -cE '(landlock_restrict_self|syscall_0x1be)\(' "$work/trace")
	[ "$started" = 1 ] || { echo "the sandbox was closed $started times"; return 1; }
	! sed '1,/landlock_restrict_self\|syscall_0x1be/d' "$work/trace" | grep -E 'EACCES|execve'
}

none_refused() {
	refused_after 0 --check -d "$boot" && refused_after 0 --check -d "$work/packed" &&
		refused_after 3 -d "$boot" -p 99-1 --write "$work/os.img" --bmap "$work/os.bmap" --timeout 0.1 &&
		refused_after 3 -d "$boot" -p 99-1 --write "$work/os.zip" --timeout 0.1
}

has_landlock() {
	python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, 0, 0, 1) < 1)'
}

if [ -e "$no_random" ]; then
	check 'the program runs without getrandom() and /dev/urandom' without_random ''
	check 'the program runs if getrandom() is not ready and /dev/urandom is missing' without_random later
	check 'the program runs without getrandom() but with /dev/urandom' without_random device
else
	skip 'the program runs without random numbers' 'build/tests/no_random.so is not built'
fi
name='no library opens a file after the sandbox is closed'
if ! has_landlock; then
	skip "$name" 'this kernel has no Landlock'
elif ! strace -o /dev/null true 2>"$work/messages"; then
	skip "$name" 'strace cannot trace here'
else
	check "$name" none_refused
fi
cases_end
