#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a random sample of the fault matrix with the real program and the real libusb: FAULTS cases (200).
exec "$(dirname "$0")/../../build/tests/binary_scenarios" --faults "${FAULTS:-200}"
