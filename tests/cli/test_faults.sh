#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A sample of the fault space through the real program and the real libusb: FAULTS cases (200), told by chance.
exec "$(dirname "$0")/../../build/tests/binary_scenarios" --faults "${FAULTS:-200}"
