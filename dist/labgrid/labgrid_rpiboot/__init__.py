# SPDX-License-Identifier: Apache-2.0
"""labgrid: boot Raspberry Pi boards over USB with rpiboot, and write and verify their disks."""
from .driver import RPiBootDriver
from .resource import NetworkRPiBootPort, RPiBootPort
from .session import Event, RPiBootError

__all__ = ["Event", "NetworkRPiBootPort", "RPiBootDriver", "RPiBootError", "RPiBootPort"]
