# SPDX-License-Identifier: Apache-2.0
# The figures of tests/bench/bench, a line each, a name and its values, as medians[NAME]. To be read before table.awk or
# chart.awk, which print them.
{
	n = NF - 1
	for (i = 2; i <= NF; i++) list[i - 1] = $i
	for (i = 1; i <= n; i++)
		for (j = i + 1; j <= n; j++)
			if (list[j] + 0 < list[i] + 0) { swap = list[i]; list[i] = list[j]; list[j] = swap }
	medians[$1] = n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function has(figure) { return figure in medians }
# What WHO takes beyond what the board itself, served by a bare loop, takes.
function above(who) {
	if (has("host-" who)) medians["above-" who] = medians["host-" who] - medians["floor"]
}
END {
	above("ours"); above("npm"); above("peer")
}
