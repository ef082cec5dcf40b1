# SPDX-License-Identifier: Apache-2.0
# Reads the figures of tests/bench/bench, one a line with its name and its values, and computes medians[NAME]. awk must read this
# file before table.awk or chart.awk, which print the medians.
{
	n = NF - 1
	for (i = 2; i <= NF; i++) list[i - 1] = $i
	for (i = 1; i <= n; i++)
		for (j = i + 1; j <= n; j++)
			if (list[j] + 0 < list[i] + 0) { swap = list[i]; list[i] = list[j]; list[j] = swap }
	medians[$1] = n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function has(figure) { return figure in medians }
# The time of a client beyond the time that the board needs with the bare loop.
function above(client) {
	if (has("host-" client)) medians["above-" client] = medians["host-" client] - medians["floor"]
}
END {
	above("ours"); above("npm"); above("peer")
}
