#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dist/deb.sh VERSION [ARCHITECTURE]: the Debian packages, and debug symbols, in build/. Built from a copy of this project
# below build/deb, so that nothing of it is left here. make deb runs this.
set -euo pipefail
cd "$(dirname "$0")/.."
# "1.0-3-gabc" -> "1.0+3+gabc": a native package has no revision, which a hyphen would begin.
version=${1//-/+}
# Earlier packages of the name rpiboot have versions that are dates, such as 20260603~182203. The epoch says that this
# scheme comes after: what depends on such a version is satisfied, and none of them replaces this package.
epoch=1
tree=build/deb/rpiboot-$version

rm -rf build/deb
mkdir -p "$tree"
dist/copy.sh "$tree"
cp -R dist/debian "$tree/debian"
cat >"$tree/debian/changelog" <<-CHANGELOG
	rpiboot ($epoch:$version) unstable; urgency=medium

	  * Built from the project's own tree; its history is the change log.

	 -- rpiboot maintainers <rpiboot@users.noreply.github.com>  $(git log -1 --format=%cD 2>/dev/null || date -R)
CHANGELOG
# What of the caller's make is in the environment is not for the package.
if ! (cd "$tree" && env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES dpkg-buildpackage ${2:+-a "$2"} -us -uc -b) >build/deb/log 2>&1; then
	tail -n 30 build/deb/log >&2
	echo "the package could not be built; build/deb/log has all of it" >&2
	exit 1
fi
for package in build/deb/*.deb; do
	mv "$package" build/
	printf '  %-4s %s\n' DEB "build/${package##*/}"
done
