# SPDX-License-Identifier: Apache-2.0
# Tables of medians (medians.awk) in Markdown.
function median(figure) { return medians[figure] }
# WHAT: ours beside theirs, as times; their ratio may be at most MOST.
function row(what, ours, theirs, other, most) {
	if (!has(ours) || !has(theirs)) {
		printf "| %s | | not compared (%s) | | %s |\n", what, other, most
		return
	}
	printf "| %s | %.2f s | %.2f s (%s) | %.2f | %s |\n", what, median(ours) / 1000, median(theirs) / 1000, other,
		median(ours) / median(theirs), most
}
# WHAT: a figure of its own.
function own(what, value, unit, most) {
	printf "| %s | %s%s | %s |\n", what, value, unit ? " " unit : "", most
}
function head(a, b, c, d, e) {
	print "\n| " a " | " b " | " c (d ? " | " d " | " e : "") " |"
	print "|---|---|---|" (d ? "---|---|" : "")
}
END {
	print "### Booting"
	head("", "rpiboot", "beside", "ratio", "must be at most")
	row("the host's part of a boot", "above-ours", "above-npm", "npm package", "0.25")
	row("the same", "above-ours", "above-peer", "peer", "")
	row("a file of 32 MiB", "big-ours", "big-npm", "npm package", "1.00")
	row("the same", "big-ours", "big-peer", "peer", "")
	row("the same", "big-ours", "big-bare", "bare loop", "1.05")
	row("8 boards on 8 controllers", "eight-ours", "all-ours", "one board", "1.20")
	row("64 boards on 8 controllers, until served", "many-ours", "many-nobody", "boards that need no host", "1.10")
	row("processor time of a boot", "cpu-ours", "cpu-npm", "npm package", "0.50")
	head("", "rpiboot", "must be under")
	own("the host's part of a boot", median("above-ours"), "ms", "100 ms")
	own("start to listening, on the host itself", sprintf("%.1f", median("start") / 1000), "ms", "20 ms")
	own("processor time of waiting for 60 s, on the host itself", sprintf("%.1f", median("waiting") / 1000), "ms", "20 ms")
	own("system calls per MiB served", sprintf("%.1f", (median("calls-big") - median("calls-none")) / (6 * 32)), "", "20")
	own("most resident memory, 1 board", sprintf("%.1f", median("memory-1") / 1024), "MiB", "16 MiB")
	own("most resident memory, 64 boards", sprintf("%.1f", median("memory-64") / 1024), "MiB", "64 MiB")
	print "\n### Writing\n\nAn image of " mib " MiB on a disk of 30 MB/s, which is what USB 2.0 has; packed, one of " int(mib / 10) " MiB; on disks of 10 MB/s, one of " int(mib / 6) " MiB."
	head("", "rpiboot", "beside", "ratio", "must be at most")
	row("raw, not verified", "raw", "dd", "dd oflag=direct", 1.05)
	row("verifying", "verify", "dd-read", "dd iflag=direct", 1.05)
	row(".xz", "xz", "xz-dd", "xz -dc, dd", "1.00")
	row(".zst", "zst", "zst-dd", "zstd -dc, dd", "1.00")
	row("a fifth of it mapped", "bmap", "bmaptool", "bmaptool", "1.00")
	row("the same", "bmap", "raw", "raw", 0.25)
	row("four boards of 10 MB/s", "throttled-raw-4", "throttled-raw-1", "one board", 1.11)
	head("most resident memory", "one board", "four boards")
	printf "| raw | %.1f MiB | %.1f MiB |\n", median("memory-raw-1") / 1024, median("memory-raw-4") / 1024
	printf "| .xz | %.1f MiB | |\n", median("memory-xz") / 1024
}
