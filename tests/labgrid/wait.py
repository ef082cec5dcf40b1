# SPDX-License-Identifier: Apache-2.0
"""A client that waits for a board until it is killed."""
import sys

from labgrid import Environment

Environment(sys.argv[1]).get_target("waiting").get_driver("RPiBootDriver").boot()
