# SPDX-License-Identifier: Apache-2.0
# Prints the medians (medians.awk) of table.awk as an SVG chart: the time of rpiboot relative to the time of the other program.
function bar(what, ours, theirs) {
	if (!has(ours) || !has(theirs) || !medians[theirs]) return
	labels[++bars] = what
	ratios[bars] = medians[ours] / medians[theirs]
}
END {
	bar("plug-in to mass storage: npm package", "one-ours", "one-npm")
	bar("plug-in to mass storage: peer", "one-ours", "one-peer")
	bar("six boards, one controller: npm package", "six-ours", "six-npm")
	bar("six boards, one controller: peer", "six-ours", "six-peer")
	bar("a boot, the host's part: npm package", "above-ours", "above-npm")
	bar("a boot, the host's part: peer", "above-ours", "above-peer")
	bar("a boot, processor time: npm package", "cpu-ours", "cpu-npm")
	bar("a file of 32 MiB: npm package", "big-ours", "big-npm")
	bar("a file of 32 MiB: bare loop", "big-ours", "big-bare")
	bar("64 boards: boards that need no host", "many-ours", "many-hostless")
	bar("raw image: dd", "raw", "dd")
	bar("reading back: dd", "verify", "dd-read")
	bar(".xz image: xz -dc, dd", "xz", "xz-dd")
	bar(".zst image: zstd -dc, dd", "zst", "zst-dd")
	bar("mapped image: bmaptool", "bmap", "bmaptool")
	row = 26; left = 300; unit = 300
	height = bars * row + 60
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", height
	print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
	print "<text x=\"10\" y=\"22\" font-size=\"15\">Time of rpiboot relative to the other program (1); less is better</text>"
	for (i = 1; i <= bars; i++) {
		y = 34 + i * row - row / 2
		width = ratios[i] > 1.3 ? 1.3 : ratios[i]
		printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", left - 8, y + 11, labels[i]
		printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"16\" fill=\"%s\"/>\n", left, y - 2, width * unit,
			(ratios[i] > 1.05 ? "#c63" : "#2a7")
		printf "<text x=\"%.1f\" y=\"%d\">%.2f</text>\n", left + width * unit + 5, y + 11, ratios[i]
	}
	printf "<line x1=\"%d\" y1=\"40\" x2=\"%d\" y2=\"%d\" stroke=\"#555\" stroke-dasharray=\"4 3\"/>\n", left + unit, left + unit, height - 8
	print "</svg>"
}
