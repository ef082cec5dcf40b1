// SPDX-License-Identifier: Apache-2.0
// node tests/bench/usbboot.js DIRECTORY FILES: boots boards until SIGTERM, with the npm package node-raspberrypi-usbboot
// that is installed in DIRECTORY. The package looks for files first in FILES.
'use strict';
const path = require('path');
const [directory, files] = process.argv.slice(2);
const { UsbbootScanner } = require(path.join(directory, 'node_modules', 'node-raspberrypi-usbboot'));

const scanner = new UsbbootScanner(files);
scanner.on('error', (error) => console.error(error.message));
scanner.start();
console.log('ready');
process.on('SIGTERM', () => process.exit(0));
