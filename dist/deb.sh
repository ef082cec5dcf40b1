#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dist/deb.sh VERSION [ARCHITECTURE]: builds the Debian packages and debug symbols in build/. The build uses a copy of this project
# below build/deb, so it leaves no other files in the project. make deb runs this.
set -euo pipefail
cd "$(dirname "$0")/.."
# "1.0-3-gabc" becomes "1.0+3+gabc", because a hyphen begins a revision and a native package has none.
version=${1//-/+}
# Earlier packages with the name rpiboot have dates as versions, such as 20260603~182203. With the epoch, this package is newer than
# all of them, so it satisfies dependencies on them, and none of them replaces it.
epoch=1
tree=build/deb/rpiboot-$version

rm -rf build/deb
mkdir -p "$tree"
dist/copy.sh "$tree"
cp -R dist/debian "$tree/debian"
cat >"$tree/debian/changelog" <<-CHANGELOG
	rpiboot ($epoch:$version) unstable; urgency=medium

	  * Built from the source tree of the project; its history is the change log.

	 -- rpiboot maintainers <rpiboot@users.noreply.github.com>  $(git log -1 --format=%cD 2>/dev/null || date -R)
CHANGELOG
# The variables of the calling make must not reach the make of the package.
if ! (cd "$tree" && env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES dpkg-buildpackage ${2:+-a "$2"} -us -uc -b) >build/deb/log 2>&1; then
	tail -n 30 build/deb/log >&2
	echo "the package could not be built; build/deb/log has all messages" >&2
	exit 1
fi
for package in build/deb/*.deb; do
	mv "$package" build/
	printf '  %-4s %s\n' DEB "build/${package##*/}"
done
