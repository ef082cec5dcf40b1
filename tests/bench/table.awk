# SPDX-License-Identifier: Apache-2.0
# Prints tables of the medians (medians.awk) in Markdown.
function median(figure) { return medians[figure] }
# A row with two times and their ratio, which may be at most MOST.
function row(what, ours, theirs, other, most) {
	if (!has(ours) || !has(theirs)) {
		printf "| %s | | not compared (%s) | | %s |\n", what, other, most
		return
	}
	printf "| %s | %.3f s | %.3f s (%s) | %.2f | %s |\n", what, median(ours) / 1000, median(theirs) / 1000, other,
		median(ours) / median(theirs), most
}
# A row with one figure.
function own(what, value, unit, most) {
	printf "| %s | %s%s | %s |\n", what, value, unit ? " " unit : "", most
}
function head(a, b, c, d, e) {
	print "\n| " a " | " b " | " c (d ? " | " d " | " e : "") " |"
	print "|---|---|---|" (d ? "---|---|" : "")
}
# Two rows that compare a figure with the npm package and with the peer, which has no limit.
function rivals(what, figure, most) {
	row(what, figure "-ours", figure "-npm", "npm package", most)
	row("the same", figure "-ours", figure "-peer", "peer", "")
}
END {
	print "### Booting"
	head("", "rpiboot", "beside", "ratio", "must be at most")
	rivals("one board, from plug-in to mass storage", "one", "1.01")
	rivals("six boards on one controller, until the last one is mass storage", "six", "1.00")
	row("the same", "six-ours", "six-hostless", "boards that need no host", "1.10")
	row("8 boards on 8 controllers", "eight-ours", "one-ours", "one board", "1.20")
	row("64 boards on 8 controllers, until served", "many-ours", "many-hostless", "boards that need no host", "1.10")
	rivals("the host's part of a boot", "above", "0.50")
	rivals("a file of 32 MiB", "big", "1.00")
	row("the same", "big-ours", "big-bare", "bare loop", "1.05")
	rivals("processor time of a boot", "cpu", "0.50")
	head("", "rpiboot", "must be under")
	own("the host's part of a boot", sprintf("%.0f", median("above-ours")), "ms", "100 ms")
	own("processor time from the start to listening", sprintf("%.1f", median("start")), "ms", "40 ms")
	own("processor time of waiting for 60 s", sprintf("%.1f", median("waiting")), "ms", "20 ms")
	own("system calls per MiB served", sprintf("%.1f", (median("calls-big") - median("calls-none")) / (4 * 32)), "", "20")
	own("most resident memory, 1 board", sprintf("%.1f", median("memory-1-ours") / 1024), "MiB", "16 MiB")
	own("most resident memory, 64 boards", sprintf("%.1f", median("memory-64-ours") / 1024), "MiB", "64 MiB")
	small = int(mib / 8)
	print "\n### Writing\n\nAn image of " mib " MiB on a disk of " rate " MB/s; compressed, one of " small " MiB; on disks of " slow_rate " MB/s, one of " small " MiB."
	head("", "rpiboot", "beside", "ratio", "must be at most")
	row("raw, not verified", "raw", "dd", "dd oflag=direct", 1.05)
	row("verifying", "verify", "dd-read", "dd iflag=direct", 1.05)
	row(".xz", "xz", "xz-dd", "xz -dc, dd", "1.00")
	row(".zst", "zst", "zst-dd", "zstd -dc, dd", "1.10")
	row("a fifth of it mapped", "bmap", "bmaptool", "bmaptool", "1.00")
	row("the same", "bmap", "raw", "raw", 0.25)
	row("four boards with slow disks", "throttled-raw-4", "throttled-raw-1", "one board", 1.11)
	head("processor time per MiB written and verified", "", "rpiboot's ratio to it")
	ours = (median("cpu-raw") - median("cpu-small")) / (mib - small)
	dd = median("cpu-dd") / mib
	with_sums = dd + 2 * median("cpu-sum") / mib
	printf "| rpiboot | %.1f ms | |\n", ours
	if (dd) printf "| dd, writing and reading | %.1f ms | %.1f |\n", dd, ours / dd
	if (with_sums) printf "| the same, and a SHA-256 sum of both by openssl | %.1f ms | %.2f |\n", with_sums, ours / with_sums
	head("most resident memory", "one board", "four boards")
	printf "| raw | %.1f MiB | %.1f MiB |\n", median("memory-raw-1") / 1024, median("memory-raw-4") / 1024
	printf "| .xz | %.1f MiB | |\n", median("memory-xz") / 1024
}
