#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the commands sign, verify and key with keys that openssl makes. openssl also verifies the signatures. With the EEPROM test
# data, the test compares the results with the results of the reference tools.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
program=$root/rpiboot
[ -x "$program" ] || { echo "the program is not built; make check builds it"; exit 1; }
cd "$work" || exit 1
export SOURCE_DATE_EPOCH=1700000000

# stdout goes to $work/out, stderr to $work/messages. The command has no terminal for the question for a passphrase.
ends() { # STATUS ARGUMENT...
	local status=0
	timeout "${RPIBOOT_COMMAND_S:-60}" setsid -w "$program" "${@:2}" >"$work/out" 2>"$work/messages" </dev/null || status=$?
	cat "$work/out" "$work/messages"
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

# One sentence with TEXT on stderr, nothing on stdout, and no file named new.
refuses() { # STATUS TEXT ARGUMENT...
	ends "$1" "${@:3}" && printed "$2" && [ "$(wc -l <messages)" = 1 ] && [ ! -s out ] && [ -z "$(compgen -G 'new*')" ] &&
		[ -z "$(compgen -G '.new*')" ]
}

rsa() { # NAME BITS
	openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.pem" 2>/dev/null &&
		openssl pkey -in "$1.pem" -pubout -out "$1-pub.pem"
}

rsa a 2048
rsa b 2048
rsa small 1024
rsa large 3072
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out three.pem 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:18446744073709551615 -out most.pem 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem
openssl pkcs8 -topk8 -in a.pem -passout 'pass:open sesame' -out locked.pem
echo 'open sesame' >secret
head -c 70000 /dev/zero | tr '\0' x >boot.img

signed_file() {
	ends 0 sign boot.img --key a.pem && [ ! -s out ] || return 1
	head -n 1 boot.sig | grep -qx "$(sha256sum <boot.img | cut -c1-64)" || { echo 'wrong digest'; return 1; }
	[ "$(sed -n 2p boot.sig)" = 'ts: 1700000000' ] || { echo 'wrong time'; return 1; }
	printf '%b' "$(sed -n 's/^rsa2048: //p' boot.sig | sed 's/../\\x&/g')" >rsa
	openssl dgst -sha256 -verify a-pub.pem -signature rsa boot.img || return 1
	ends 0 verify boot.img --pubkey a-pub.pem && grep -q '^boot.img: signed: ' out || return 1
	ends 1 verify boot.img --pubkey b-pub.pem && grep -q 'NOT SIGNED: .*another key' out || return 1
	echo >>boot.img
	ends 1 verify boot.img --pubkey a-pub.pem && grep -q 'NOT SIGNED: .*another file' out || return 1
	ends 0 sign boot.img && ends 1 verify boot.img --pubkey a-pub.pem && grep -q 'no signature' out || return 1
	rm boot.sig
	ends 1 verify boot.img --pubkey a-pub.pem && grep -q 'no .sig' out
}

times() {
	SOURCE_DATE_EPOCH=0 ends 0 sign boot.img -o t && grep -qx 'ts: 0' t || return 1
	SOURCE_DATE_EPOCH='' ends 0 sign boot.img -o t && [ "$(sed -n 's/^ts: //p' t)" -gt 1700000000 ] || return 1
	SOURCE_DATE_EPOCH=1e3 refuses 5 "SOURCE_DATE_EPOCH must be a number of seconds, not '1e3'" sign boot.img -o new
}

passphrase_opens() { # --passin
	ends 0 sign boot.img --key locked.pem --passin "$1" -o locked.sig &&
		ends 0 verify boot.img --sig locked.sig --pubkey a.pem && rm locked.sig
}

passphrase_descriptor() {
	passphrase_opens fd:7 7<secret
}

passphrases() {
	local from
	export SESAME='open sesame'
	for from in 'pass:open sesame' env:SESAME file:secret; do
		passphrase_opens "$from" || return 1
	done
	"$program" sign boot.img --key locked.pem --passin stdin -o locked.sig <secret &&
		ends 0 verify boot.img --sig locked.sig --pubkey a.pem || return 1
	refuses 5 'the passphrase for the key locked.pem is wrong' sign boot.img --key locked.pem --passin pass:wrong -o new &&
		refuses 5 'there is no terminal' sign boot.img --key locked.pem -o new &&
		! grep -r sesame messages out
}

keys_refused() {
	refuses 5 '1024 bits' sign boot.img --key small.pem -o new &&
		refuses 5 '3072 bits' sign boot.img --key large.pem -o new &&
		refuses 5 '3072 bits' sign --countersign boot.img --key large.pem -o new &&
		refuses 5 'is a public key' sign boot.img --key a-pub.pem -o new &&
		refuses 5 'no key in PEM form' sign boot.img --key secret -o new &&
		refuses 5 'No such file' sign boot.img --key none.pem -o new &&
		refuses 5 'No such file' sign none.img --key a.pem -o new &&
		refuses 5 '3072 bits' key show large-pub.pem
}

exponent_warned() {
	ends 0 sign boot.img --key three.pem -o three.sig && printed 'public exponent 3' && [ -s three.sig ]
}

lines_refused() {
	refuses 2 'rpiboot sign needs a FILE or DIR' sign &&
		refuses 2 'needs --key and -o' sign --countersign boot.img -o new &&
		refuses 2 'from 0 to 32' sign --countersign boot.img --key a.pem -o new --rollback-version 33 &&
		refuses 2 'needs --countersign' sign boot.img --key a.pem -o new --rollback-version 3 &&
		refuses 2 '--target-soc takes 2711 or 2712' sign boot.img --target-soc 2713 -o new &&
		refuses 2 '--sign-timeout takes a number of seconds' sign boot.img --key a.pem --sign-timeout abc &&
		refuses 2 'unexpected argument' sign boot.img boot.img -o new &&
		refuses 2 'unknown option' sign boot.img --keynum 3 -o new &&
		refuses 2 'rpiboot verify needs FILE' verify boot.img &&
		refuses 2 'rpiboot key needs the action show and a KEY' key a.pem
}

# The output is an input of the command, by its name, a symbolic link or a hard link.
inputs_kept() {
	local line

	cp a.pem own.pem && cp a.pem own.sig && cp boot.img keep.img && cp boot.img keep.sig && ln -sf own.pem own-link && ln -f own.pem own-twin &&
		mkdir -p own-tree && cp secret own-tree/config.txt || return 1
	while read -r line; do
		# shellcheck disable=SC2086 # the words of a command
		refuses 2 'is an input of this command' $line || { echo "$line"; return 1; }
		if ! cmp a.pem own.pem || ! cmp a.pem own.sig || ! cmp boot.img keep.img || ! cmp boot.img keep.sig; then
			echo "$line"
			return 1
		fi
	done <<-'END'
		sign keep.img -o keep.img
		sign keep.sig
		sign keep.img --key own.pem -o own-link
		sign keep.img --key own.pem -o own-twin
		sign --countersign keep.img --key own.pem -o own.pem
		sign keep.img --key exec:/bin/true --pubkey own.pem -o own.pem
		sign keep.img --key locked.pem --passin file:keep.sig
		key show own.pem -o own-link
		key show ./own.pem --pem -o own.pem
		image own-tree --for pi5 --key own.pem -o own.pem
		image own-tree --for pi5 --key own.sig -o own.img
		eeprom get keep.img -o keep.img
		eeprom set keep.img --key own.pem -o own.pem
		eeprom set boot.img --file cacert.der=keep.img -o keep.img
	END
}

# A link without a target stays, and no file takes its place.
link_kept() {
	ln -sf none dangling && refuses 5 'a symbolic link without a target' sign boot.img -o dangling && [ -L dangling ] && [ ! -e dangling ]
}

# If the output exceeds the limit of ulimit -f, no signal ends the program, and no temporary file stays.
limited() {
	(ulimit -f 0 && "${uncounted[@]}" "$program" sign boot.img -o new-limited 2>&1; echo "status $?") | cat >"$work/messages"
	printed 'File too large' && printed 'status 5' && [ -z "$(find . -maxdepth 1 -name '*new-limited*')" ]
}

key_described() {
	ends 0 key show locked.pem --json --passin file:secret && [ "$(wc -l <out)" = 1 ] && python3 - "$(sha256sum <a.bin | cut -c1-64)" <<-'END' || return 1
		import json, sys
		want = {"v": 1, "key": "locked.pem", "type": "RSA", "bits": 2048, "private": True, "exponent": 65537, "otp_hash": sys.argv[1]}
		got = json.load(open("out"))
		assert got == want, got
	END
	ends 0 key show a-pub.pem --json -o new && grep -q '"private":false' out && cmp new a.bin && rm new || return 1
	ends 0 key show most.pem --json && grep -q '"exponent":18446744073709551615,' out || return 1
	refuses 2 '--json prints to stdout' key show a.pem --json --pem && refuses 2 '--json prints to stdout' key show a.pem --json -o -
}

verified_json() {
	directory && ends 0 sign cm5 --key a.pem && ends 0 verify cm5 --json --pubkey a-pub.pem && [ "$(wc -l <out)" = 1 ] && python3 - <<-'END' || return 1
		import json
		got = json.load(open("out"))
		assert (got["v"], got["file"], got["passed"]) == (1, "cm5", True), got
		verdicts = {part["part"]: part["verdict"] for part in got["parts"]}
		assert verdicts == {"cm5/boot.img": "signed", "cm5/bootfiles.bin:2711/bootcode4.bin": "uncovered", "cm5/bootfiles.bin": "uncovered",
			"cm5/bootfiles.bin:2712/bootcode5.bin": "signed", "cm5/config.txt": "uncovered"}, verdicts
		assert all(part["text"] for part in got["parts"])
	END
	echo >>elsewhere/image
	ends 1 verify cm5 --json --pubkey a-pub.pem && grep -q '"passed":false' out && grep -q '"verdict":"failed"' out || return 1
	refuses 5 'No such file' verify none --json --pubkey a-pub.pem
}

key_shown() {
	ends 0 key show a.pem -o a.bin && [ "$(stat -c %s a.bin)" = 264 ] || return 1
	grep -qx "otp-hash: $(sha256sum <a.bin | cut -c1-64)" out && ! grep -q PRIVATE out || return 1
	ends 0 key show a.bin --pem && printf '%s' "$(cat a-pub.pem)" | cmp - out || return 1
	ends 0 key show a-pub.pem -o - && cmp a.bin out
}

check 'sign makes a signature that openssl and verify accept' signed_file
check 'sign writes the time of SOURCE_DATE_EPOCH to a .sig' times
check 'sign --passin opens a key with its passphrase' passphrases
check 'sign --passin reads the passphrase from a descriptor' passphrase_descriptor
check 'sign refuses keys that boards cannot use' keys_refused
check 'sign refuses a key of another kind' refuses 5 'not an RSA key' sign boot.img --key ec.pem -o new
check 'sign warns of the exponent 3' exponent_warned
check 'sign, verify and key refuse wrong command lines' lines_refused
check 'sign, key, image and eeprom refuse an output that is an input' inputs_kept
check 'sign refuses a link without a target as its output' link_kept
check 'sign leaves no file beyond the limit of ulimit -f' limited
check 'key show prints a key in all its forms' key_shown
check 'key show --json prints JSON' key_described

# ---- programs that sign

program_new() { # NAME; stdin has its body
	{ printf '#!/bin/sh\n'; cat; } >"$1" && chmod +x "$1"
}

program_new signer <<'EOF'
[ "$#" = 3 ] && [ "$1" = -a ] && [ "$2" = rsa2048-sha256 ] || exit 9
echo "$3" >seen
openssl dgst -sha256 -sign a.pem -hex "$3" | sed 's/.* //'
EOF
program_new failing <<<'echo "no token" >&2; exit 3'
program_new silent <<<'exit 0'
program_new talking <<<'yes 00'
program_new short <<<'printf %0510d 0'
program_new words <<<'printf "signature: %0512d" 0'
program_new killed <<<'kill -9 $$'
program_new changing <<<'echo >>changed/boot.img; exec ./signer "$@"'
program_new hanging <<<'exec sleep 50'
program_new slow <<<'echo $$ >slow.pid; exec sleep 300'
program_new deaf <<<'exec >/dev/null; exec sleep 50'
program_new script-less <<<'' && sed -i '1s/.*/#!\/no\/such\/shell/' script-less

program_signs() {
	ends 0 sign boot.img --key a.pem -o want.sig && ends 0 sign boot.img --key exec:./signer --pubkey a-pub.pem -o got.sig &&
		cmp want.sig got.sig && [ ! -e "$(cat seen)" ] || return 1
	stage recovery.bin 2000 b && ends 0 sign --countersign recovery.bin --key exec:./signer --pubkey a-pub.pem -o stage &&
		ends 0 verify stage --pubkey a-pub.pem || return 1
	mkdir -p tmp && TMPDIR=$work/tmp ends 0 sign boot.img --key "exec:$work/signer" --pubkey a-pub.pem -o got.sig &&
		grep -q "^$work/tmp/" seen && [ -z "$(ls tmp)" ]
}

program_refused() { # NAME TEXT
	SECONDS=0
	refuses 5 "$2" sign boot.img --key "exec:./$1" --pubkey a-pub.pem --sign-timeout 2 -o new && [ "$SECONDS" -lt 30 ]
}

programs_refused() {
	refuses 5 'needs its public key' sign boot.img --key exec:./signer -o new &&
		refuses 5 'cannot run ./none' sign boot.img --key exec:./none --pubkey a-pub.pem -o new &&
		refuses 5 'does not match the public key' sign boot.img --key exec:./signer --pubkey b-pub.pem -o new &&
		refuses 5 'used only with --key exec' sign boot.img --key a.pem --pubkey b-pub.pem -o new &&
		refuses 5 'needs the name of a program' sign boot.img --key exec: --pubkey a-pub.pem -o new &&
		refuses 5 'cannot be started' sign boot.img --key exec:no-such-program --pubkey a-pub.pem -o new
}

programs_failing() {
	ends 5 sign boot.img --key exec:./failing --pubkey a-pub.pem -o new && printed 'failed with exit status 3' &&
		printed 'no token' && [ ! -e new ] || return 1
	program_refused silent 'printed no signature' && program_refused talking 'printed more than a signature' &&
		program_refused short 'did not print a signature of 512' && program_refused words 'did not print a signature of 512' &&
		program_refused killed 'ended by signal 9' && program_refused script-less 'cannot be started' &&
		program_refused hanging 'did not sign within 2 s' && program_refused deaf 'did not sign within 2 s'
}

# The file changes while the program signs it. A signed copy of the directory has the content that was signed.
changes() {
	local key=(--key exec:./changing --pubkey a-pub.pem)
	rm -rf changed new && mkdir changed && cp boot.img changed/ || return 1
	refuses 5 "'changed/boot.img' changed while it was signed" sign changed/boot.img "${key[@]}" -o new &&
		refuses 5 "'changed/boot.img' changed while it was signed" sign changed "${key[@]}" && [ "$(ls -A changed)" = boot.img ] || return 1
	ends 0 sign changed "${key[@]}" -o new && ! cmp -s changed/boot.img new/boot.img && ends 0 verify new --pubkey a-pub.pem && rm -rf new
}

# rpiboot gets a signal while the program signs. It must end by that signal, leave no new file, and end the program.
interrupted() { # SIGNAL ARGUMENT...
	local status=0 pid tries
	rm -rf slow.pid && mkdir -p tmp
	TMPDIR=$work/tmp env "--default-signal=$1" "$program" "${@:2}" --key "exec:$work/slow" --pubkey a-pub.pem >messages 2>&1 </dev/null &
	pid=$!
	for ((tries = 0; tries < 300; tries++)); do
		[ ! -s slow.pid ] || break
		sleep 0.1
	done
	kill "-$1" "$pid" || return 1
	wait "$pid" || status=$?
	echo "$*: status $status" && cat messages
	[ "$status" = $((128 + $(kill -l "$1"))) ] || return 1
	for ((tries = 0; tries < 100; tries++)); do
		[ -n "$(ls tmp)" ] || kill -0 "$(<slow.pid)" || break
		sleep 0.1
	done
	[ "$tries" -lt 100 ] && [ -z "$(find . -path ./uncounted -prune -o -name '*new*' -print)" ]
}

interrupts() {
	local signal
	rm -rf plain && mkdir plain && cp boot.img plain/ && cp -r plain before || return 1
	for signal in INT TERM HUP; do
		interrupted "$signal" sign boot.img -o new.sig && interrupted "$signal" sign plain -o new && interrupted "$signal" sign plain &&
			interrupted "$signal" image plain --for pi5 -o new.img && diff -r plain before || return 1
	done
}

# ---- keys in a token

provider_missing() {
	OPENSSL_MODULES=$work/none refuses 5 'OpenSSL cannot use the key pkcs11:token=a, because' sign boot.img --key 'pkcs11:token=a?pin-value=1234' -o new &&
		printed 'give the key as exec:PROGRAM' && ! grep 1234 messages
}

# Imports the key a into a token of softhsm2.
token_make() {
	mkdir -p tokens && echo "directories.tokendir = $work/tokens" >softhsm2.conf && export SOFTHSM2_CONF=$work/softhsm2.conf &&
		softhsm2-util --init-token --free --label tok --pin 1234 --so-pin 4321 &&
		softhsm2-util --import a.pem --token tok --label sign --id 01 --pin 1234
}

token_signs() {
	local uri='pkcs11:token=tok;object=sign'
	token_make && echo 1234 >pin && ends 0 sign boot.img --key a.pem -o want.sig || return 1
	ends 0 sign boot.img --key "$uri;type=private?pin-value=1234" -o got.sig && cmp want.sig got.sig && rm got.sig || return 1
	ends 0 sign boot.img --key "$uri?pin-source=file:$work/pin" -o got.sig && cmp want.sig got.sig && rm got.sig || return 1
	ends 0 sign boot.img --key "$uri" --passin file:pin -o got.sig && cmp want.sig got.sig && rm got.sig || return 1
	# The test must wait for the question, because rpiboot turns the echo off before it.
	: >terminal
	{ until grep -q Passphrase terminal; do sleep 0.1; done; cat pin; } | timeout 60 script -qfec "'$program' sign boot.img --key '$uri' -o got.sig" terminal >/dev/null || { cat terminal; return 1; }
	grep -q "Passphrase of $uri: " terminal && ! grep 1234 terminal && cmp want.sig got.sig || return 1
	directory && ends 0 sign cm5 --key "$uri?pin-value=1234" && ends 0 verify cm5 --pubkey a-pub.pem || return 1
	ends 0 key show "$uri?pin-value=1234" --json && grep -q "\"key\":\"$uri\",\"type\":\"RSA\",\"bits\":2048,\"private\":true" out || return 1
	ends 5 sign boot.img --key "$uri" --passin pass:9876 -o new && printed 'finds no private key' && [ ! -e new ] && ! grep 9876 messages || return 1
	ends 5 sign boot.img --key "$uri" -o new && printed 'there is no terminal' && [ ! -e new ] || return 1
	refuses 5 'finds no private key for pkcs11:object=other;' sign boot.img --key 'pkcs11:object=other?pin-value=1234' -o new && ! grep 1234 messages
}

# ---- boot directories

le32() { # NUMBER
	printf '%b' "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24)))"
}

# Makes a second stage with a signature block like that of Raspberry Pi. openssl signs it with KEY.
stage() { # FILE BYTES KEY
	"$program" key show "$work/$3.pem" -o "$3.bin" >/dev/null &&
		{ head -c "$2" /dev/urandom; le32 "$2"; le32 0; le32 1; } >content &&
		openssl dgst -sha256 -sign "$work/$3.pem" -out rsa content && cat content rsa "$3.bin" >"$1"
}

# Makes a boot directory for a CM5 with links to files in another directory, an archive, and files that need no signature.
directory() {
	rm -rf cm5 elsewhere members
	mkdir -p cm5 elsewhere members/2712 members/2711
	stage elsewhere/recovery.bin 3000 b && stage members/2712/bootcode5.bin 4000 b || return 1
	echo code >members/2711/bootcode4.bin
	echo memory >members/2712/memsys00.bin
	tar -C members --format=ustar -cf cm5/bootfiles.bin 2711 2712
	echo boot_ramdisk=1 >cm5/config.txt
	cp "$work/boot.img" elsewhere/image
	ln -s ../elsewhere/image cm5/boot.img
}

directory_signed() {
	directory || return 1
	ends 1 verify cm5 --pubkey a-pub.pem && [ "$(grep -c 'NOT SIGNED' out)" = 2 ] || return 1
	ends 0 sign cm5 --key a.pem && printed 'only boards with this key in their OTP memory' && [ ! -s out ] || return 1
	ends 0 verify cm5 --pubkey a-pub.pem && grep -qx 'cm5/config.txt: not covered: .*' out || return 1
	ends 1 verify cm5 --pubkey b-pub.pem || return 1
	rm -rf after && mkdir after && tar -C after -xf cm5/bootfiles.bin && [ -L cm5/boot.img ] || return 1
	tail -c +4533 after/2712/bootcode5.bin | head -c 12 | od -An -tu4 | grep -qx ' *4532 *16 *0' || return 1
	head -c 4532 after/2712/bootcode5.bin | cmp - members/2712/bootcode5.bin || return 1
	cp members/2712/bootcode5.bin after/2712/ && diff -r members after || return 1
	rm -rf before && cp -a cm5 before && SOURCE_DATE_EPOCH=5 ends 0 sign cm5 --key a.pem && printed already && diff -r before cm5 || return 1
	refuses 5 'already countersigned' sign cm5 --key b.pem && diff -r before cm5 || return 1
	echo >>elsewhere/image
	ends 1 verify cm5 --pubkey a-pub.pem
}

# Makes a second stage with two signature blocks of the same customer key, like the reference tool.
stage_twice() {
	directory && rm cm5/bootfiles.bin && ends 0 sign --countersign elsewhere/recovery.bin --key "$work/a.pem" -o once.bin &&
		"$program" key show "$work/a.pem" -o twice.bin >/dev/null || return 1
	{ cat once.bin; le32 "$(stat -c %s once.bin)"; le32 16; le32 0; } >content &&
		openssl dgst -sha256 -sign "$work/a.pem" -out rsa content && cat content rsa twice.bin >cm5/bootcode5.bin || return 1
	ends 1 verify cm5 --pubkey a-pub.pem && grep 'countersigned twice' out && refuses 5 'already countersigned' sign cm5 --key a.pem
}

directory_of_links() { # sign replaces a link and not its target
	directory && rm cm5/bootfiles.bin && ln -s ../elsewhere/recovery.bin cm5/bootcode5.bin || return 1
	cp elsewhere/recovery.bin same
	ends 0 sign cm5 --key a.pem && [ ! -L cm5/bootcode5.bin ] && cmp same elsewhere/recovery.bin || return 1
	ends 0 verify cm5 --pubkey a-pub.pem && ends 0 verify cm5/bootcode5.bin --pubkey a-pub.pem
}

directories_refused() {
	directory || return 1
	mkdir -p empty
	refuses 5 'no boot.img, EEPROM image or bootcode' sign empty --key a.pem &&
		refuses 5 'give --key to sign other files, such as boot.img' sign cm5 &&
		refuses 2 'so --countersign and --target-soc cannot be used' sign cm5 --target-soc 2712 &&
		refuses 2 'cannot be written to stdout' sign cm5 --key a.pem -o - || return 1
	printf changed | dd of=cm5/bootfiles.bin bs=1 seek=600 conv=notrunc status=none
	printf changed | dd of=cm5/bootfiles.bin bs=1 seek=3000 conv=notrunc status=none
	ends 5 sign cm5 --key a.pem && [ ! -e cm5/boot.sig ] || return 1
	rm cm5/bootfiles.bin && stage cm5/bootcode5.bin 3000 b && printf changed | dd of=cm5/bootcode5.bin bs=1 seek=60 conv=notrunc status=none
	refuses 5 damaged sign cm5 --key a.pem && [ ! -e cm5/boot.sig ] && [ "$(find cm5 -name '.*' -type f)" = '' ]
}

# A signed copy has all files, and the directory itself is unchanged.
directory_copied() {
	directory && rm cm5/boot.img && cp elsewhere/image cm5/kernels.img && ln -s kernels.img cm5/boot.img || return 1
	mkdir -p cm5/2712/overlays && echo overlay >cm5/2712/overlays/a.dtbo && echo hidden >cm5/.hidden && ln -s 2712 cm5/2711
	chmod 600 cm5/config.txt && chmod 444 cm5/.hidden
	rm -rf before new && cp -a cm5 before
	ends 0 sign cm5 --key a.pem -o new/ && printed 'signed: new/boot.sig' && printed 'the countersigned new/bootfiles.bin' || return 1
	diff -r --no-dereference before cm5 && [ -z "$(compgen -G '.new*')" ] && [ -z "$(find new -type l)" ] || return 1
	ends 0 verify new --pubkey a-pub.pem || return 1
	[ "$(stat -c %a new/config.txt)" = 600 ] && [ "$(stat -c %a new/.hidden)" = 444 ] && cmp new/2711/overlays/a.dtbo cm5/2712/overlays/a.dtbo || return 1
	# Signing in place makes the same files as the signed copy.
	ends 0 sign cm5/ --key a.pem && [ ! -L cm5/boot.sig ] && diff -r cm5 new || return 1
	# A copy of a signed directory has the same files.
	mv new once && ends 0 sign once --key a.pem -o new && diff -r once new && rm -rf once new new
}

# A refused copy leaves no directory and no temporary directory.
copies_refused() {
	directory && rm -rf new && mkdir -p empty there/full && rm cm5/boot.img || return 1
	cp elsewhere/image cm5/boot.img
	refuses 5 "'there' already exists" sign cm5 --key a.pem -o there && [ "$(ls there)" = full ] &&
		refuses 5 "'a.pem' already exists" sign cm5 --key a.pem -o a.pem &&
		refuses 5 "cannot create 'none/new'" sign cm5 --key a.pem -o none/new &&
		refuses 5 'cannot be inside of this directory' sign cm5 --key a.pem -o cm5/new && [ ! -e cm5/new ] && [ ! -e "$(compgen -G 'cm5/.new*')" ] &&
		refuses 5 'no boot.img, EEPROM image or bootcode' sign empty --key a.pem -o new || return 1
	rm cm5/bootfiles.bin && stage cm5/bootcode5.bin 3000 b && printf changed | dd of=cm5/bootcode5.bin bs=1 seek=60 conv=notrunc status=none
	refuses 5 damaged sign cm5 --key a.pem -o new || return 1
	[ -z "$(find . -maxdepth 2 -name '.new*')" ]
}

copies_of_links_refused() {
	directory && rm -rf new || return 1
	refuses 5 'cm5/boot.img'"'"' is a link that leads out of the directory' sign cm5 --key a.pem -o new || return 1
	rm cm5/boot.img && cp elsewhere/image cm5/boot.img
	ln -s . cm5/again && refuses 5 'leads to its own parent' sign cm5 --key a.pem -o new || return 1
	rm cm5/again && ln -s nothing cm5/dangling && refuses 5 "cannot copy 'cm5/dangling'" sign cm5 --key a.pem -o new || return 1
	rm cm5/dangling && mkfifo cm5/pipe && refuses 5 'neither a file nor a directory' sign cm5 --key a.pem -o new || return 1
	[ -z "$(find . -maxdepth 2 -name '.new*')" ]
}

check 'sign --key exec:PROGRAM makes the same signature as the key' program_signs
check 'sign --key exec:PROGRAM refuses a public key that does not match' programs_refused
check 'sign reports a program that fails' programs_failing
check 'sign refuses a file that changes while a program signs it' changes
check 'sign and image leave no file after a signal' interrupts
check 'sign reports a missing provider for a key in a token' provider_missing
PKCS11_PROVIDER_MODULE=$(compgen -G '/usr/lib/*/softhsm/libsofthsm2.so' | head -n 1)
export PKCS11_PROVIDER_MODULE
if [ -n "$PKCS11_PROVIDER_MODULE" ] && command -v softhsm2-util script >/dev/null && openssl list -providers -provider pkcs11 >/dev/null 2>&1; then
	token_cases=(check 'sign uses a key in a token' token_signs)
else
	optional='optional here: '
	case $(system_name) in 'debian 1'[3-9]* | 'debian ') optional='' ;; esac
	token_cases=(skip 'sign uses a key in a token' "${optional}it needs softhsm2 and pkcs11-provider, which ./setup installs on Debian 13 and later")
fi
# Runs the four commands of docs/secure-boot.md.
transcript() {
	local line count=0
	rm -rf tour && mkdir tour && cd tour || return 1
	directory && rm cm5/boot.img && mkdir card && for line in config.txt kernel_2712.img bcm2712-rpi-cm5-cm5io.dtb start.elf; do
		echo "$line" >"card/$line"
	done
	ends 1 verify cm5 --pubkey ../a.pem || return 1
	while read -r line; do
		count=$((count + 1))
		PATH=$root:$PATH bash -c "$line" >"$work/out" 2>>"$work/tour.log" </dev/null || { cat "$work/tour.log"; return 1; }
	done < <(awk '/^[`][`][`]/ { inside = /sh$/; next } inside' "$root/docs/secure-boot.md")
	[ "$count" = 4 ] && grep -qx 'cm5/boot.img: signed: .*' "$work/out" && grep -qx 'cm5/bootfiles.bin:2712/bootcode5.bin: signed: .*' "$work/out" &&
		! grep 'NOT SIGNED' "$work/out"
}

transcript_in_place() {
	(transcript)
}

check 'the commands of docs/secure-boot.md make a verified directory' transcript_in_place
check 'sign signs a boot directory' directory_signed
"${token_cases[@]}"
check 'sign replaces the links of a boot directory' directory_of_links
check 'sign refuses a stage that is countersigned twice' stage_twice
check 'sign refuses directories without signable files and damaged ones' directories_refused
check 'verify --json prints JSON' verified_json
check 'sign -o makes a signed copy of a boot directory' directory_copied
check 'sign -o refuses wrong directories and leaves no copy' copies_refused
check 'sign -o refuses links that it cannot copy' copies_of_links_refused

# ---- the reference results

data=${RPIBOOT_EEPROM_DATA:-$root/../shared/eeprom-data}
if [ ! -f "$data/REFERENCE.tsv" ]; then
	skip 'sign and key make the results of the reference tools' 'the EEPROM test data is missing'
	cases_end
fi
public=$data/keys/example-public.pem private=$data/keys/example-private.pem

# Makes the input of a row, which is a file of the data or the result of another row. Sets $made to its name.
input() { # NAME
	case $1 in
	R10 | R12) [ -e "$1" ] || eeprom_set "$1" ;;
	R05) "$program" eeprom get "$data/2712/pieeprom-2026-08-12.bin" bootcode.bin -o "$1" ;;
	R06) "$program" eeprom get "$data/2712/pieeprom-2026-08-12.bin" bootsys -o "$1" ;;
	R50) [ -e "$1" ] || "$program" key show "$public" -o "$1" >/dev/null ;;
	'member 2712/bootcode5.bin of bootfiles.bin') tar -xOf "$data/bootfiles.bin" 2712/bootcode5.bin >member ;;
	'the first 72660 bytes of 2712/bootcode5-example-signed.bin')
		head -c 72660 "$data/2712/bootcode5-example-signed.bin" >first ;;
	esac || return 1
	case $1 in
	R*) made=$1 ;;
	member*) made=member ;;
	'the first'*) made=first ;;
	*) made=$data/$1 ;;
	esac
	[ -f "$made" ]
}

eeprom_set() { # R10, R12
	local image=2711/pieeprom-2026-08-04.bin
	[ "$1" = R10 ] || image=2712/pieeprom-2026-08-12.bin
	"$program" eeprom set "$data/$image" --config "$data/conf/a.conf" -o "$1"
}

# Makes the result of a row of the kind digest, countersign or key. It must have the size and the SHA-256 of the row.
row() { # ID KIND INPUTS MEANING BYTES SHA256
	local -a arguments=()
	local part name
	IFS=, read -ra parts <<<"${3//, /,}"
	input "${parts[0]}" || { echo "the input '${parts[0]}' cannot be made"; return 1; }
	for part in "${parts[@]:1}"; do
		case $part in
		epoch\ *) export SOURCE_DATE_EPOCH=${part#* } ;;
		target\ *) arguments+=(--target-soc "${part#* }") ;;
		example\ key) arguments+=(--key "$private") ;;
		version\ *) arguments+=(--rollback-version "${part#* }") ;;
		likewise) arguments+=(--key "$private" --rollback-version 0) ;;
		'keynum 16') ;;
		*) echo "unknown input '$part'"; return 1 ;;
		esac
	done
	name=$1.out
	case $2 in
	digest) "$program" sign "$made" "${arguments[@]}" -o "$name" ;;
	countersign) "$program" sign --countersign "$made" "${arguments[@]}" -o "$name" ;;
	key) case $4 in *PEM*) arguments+=(--pem) ;; esac; "$program" key show "$made" "${arguments[@]}" -o "$name" ;;
	esac || return 1
	[ "$(stat -c %s "$name")" = "$5" ] && [ "$(sha256sum <"$name" | cut -c1-64)" = "$6" ]
}

rows=0
while IFS=$'\t' read -r id kind inputs meaning bytes sum; do
	case $kind in digest | countersign | key) ;; *) continue ;; esac
	rows=$((rows + 1))
	check "$id: $meaning" row "$id" "$kind" "$inputs" "$meaning" "$bytes" "$sum"
done <"$data/REFERENCE.tsv"
check 'the commands made at least 15 rows of REFERENCE.tsv' [ "$rows" -ge 15 ]

rejects() {
	input R05 && "$program" sign --countersign R05 --key a.pem -o twice 2>/dev/null || return 1
	refuses 5 'already countersigned' sign --countersign twice --key a.pem -o new &&
		refuses 5 'cannot be countersigned' sign --countersign "$data/2711/recovery.bin" --key a.pem -o new &&
		refuses 5 'too large' sign --countersign "$data/boot-msd.img" --key a.pem -o new &&
		refuses 5 'does not end with the signature of Raspberry Pi' sign --countersign boot.img --key a.pem -o new &&
		cp R05 damaged && printf 'changed' | dd of=damaged bs=1 seek=500 conv=notrunc status=none &&
		refuses 5 'damaged' sign --countersign damaged --key a.pem -o new
}

verdicts() {
	local image=$data/2711/pieeprom-2021-02-23-signed.bin
	ends 0 verify "$image" --pubkey "$public" && ends 1 verify "$image" --pubkey a-pub.pem &&
		grep -q 'bootconf.txt: NOT SIGNED: .*another key' out || return 1
	ends 1 verify "$data/2712/pieeprom-2026-08-12.bin" --pubkey "$public" && [ "$(grep -c 'NOT SIGNED' out)" = 4 ] || return 1
	ends 0 verify "$data/2712/bootcode5-example-signed.bin" --pubkey "$public" || return 1
	ends 1 verify "$data/2712/recovery.bin" --pubkey "$public" && grep -q 'not countersigned' out || return 1
	ends 1 verify "$data/2711/recovery.bin" --pubkey "$public" && grep -q 'not covered' out
}

image_in_directory() {
	mkdir -p images && cp "$data/2711/pieeprom-2021-02-23-signed.bin" images/pieeprom.bin && chmod u+w images/* || return 1
	SOURCE_DATE_EPOCH=1700000000 ends 0 sign images && [ "$(wc -c <images/pieeprom.sig)" = 80 ] || return 1
	ends 1 verify images --pubkey "$public" && ends 0 sign images --key "$private" && ends 0 verify images --pubkey "$public" || return 1
	rm images/pieeprom.sig && ends 0 sign images --key a.pem && printed 'is not signed with this key' && ends 1 verify images --pubkey a-pub.pem
}

# One image has changed bytes in a section that no signature covers. The other image has a changed digest of a section that rpiboot
# does not expand.
image_damaged() {
	local image=$data/2712/pieeprom-2026-08-12.bin at
	cp "$image" damaged && chmod u+w damaged && ends 1 verify damaged --pubkey "$public" && grep -q 'lists the digests of 10 of 10' out &&
		! grep DAMAGED out || return 1
	at=$("$program" eeprom show "$image" | awk '$5 == "bootmain" { print $1 }')
	printf changed | dd of=damaged bs=1 seek=$((at + 3000)) conv=notrunc status=none
	"$program" eeprom set damaged --key "$private" --countersign -o signed.bin 2>/dev/null || return 1
	ends 1 verify signed.bin --pubkey "$public" && grep -qx 'signed.bin:bootmain: DAMAGED: its content does not match its digest' out &&
		! grep 'NOT SIGNED' out || return 1
	ends 1 verify signed.bin --json --pubkey "$public" && grep -q '"part":"signed.bin:bootmain","verdict":"damaged"' out || return 1
	"$program" eeprom set "$image" --key "$private" --countersign -o signed.bin 2>/dev/null && ends 0 verify signed.bin --pubkey "$public" || return 1
	image=$(compgen -G "$data/271?/pieeprom-2025-05-08.bin") # rpiboot does not expand its sections
	at=$("$program" eeprom show "$image" | awk '$5 == "bootmain" { print $1, $2 }')
	at=$((${at% *} + 24 + ${at#* } - 5))
	cp "$image" old.bin && chmod u+w old.bin && printf '\1\2\3\4' | dd of=old.bin bs=1 seek="$at" conv=notrunc status=none
	ends 1 verify old.bin --pubkey "$public" && grep -qx 'old.bin:bootmain: DAMAGED: the second-stage bootloader does not list the digest of this section' out || return 1
	cp damaged images/pieeprom.bin && rm -f images/pieeprom.sig && ends 0 sign images --key "$private" && printed 'pieeprom.bin:bootmain is damaged'
}

# One bootfiles.bin has the version that does not boot locked boards, and another one has another second stage.
bootfiles_faulty() {
	rm -rf faulty && mkdir faulty && cp "$data/bootfiles.bin" faulty && chmod u+w faulty/* || return 1
	ends 0 sign faulty --key "$private" && printed 'warning: faulty/bootfiles.bin:2712/bootcode5.bin: this version of bootfiles.bin' && printed dd606ab0 || return 1
	ends 0 verify faulty --pubkey "$public" && grep -q '^faulty/bootfiles.bin:2712/bootcode5.bin: warning: this version' out || return 1
	directory && ends 0 sign cm5 --key a.pem && ! grep 'this version' messages && ends 0 verify cm5 --pubkey a-pub.pem && ! grep warning out
}

check 'sign signs an EEPROM image in a directory' image_in_directory
check 'verify and sign report a damaged EEPROM image' image_damaged
check 'verify and sign warn of a faulty version of bootfiles.bin' bootfiles_faulty
check 'sign --countersign refuses firmware that no board would start' rejects
check 'verify reports the signatures of images and firmware' verdicts
cases_end
