# SPDX-License-Identifier: Apache-2.0
"""USB ports on which boards appear. Both resources are static: they exist while the board is off, and an exporter that
does not know these classes passes them on unchanged."""
import attr
from labgrid.factory import target_factory
from labgrid.resource.common import NetworkResource, Resource


def _path() -> str:
    return attr.ib(validator=[attr.validators.instance_of(str), attr.validators.matches_re(r"\d+-\d+(\.\d+)*\Z")])


@target_factory.reg_resource
@attr.s(eq=False)
class RPiBootPort(Resource):
    """A USB port of this host.

    path: the port path as `rpiboot -p` takes it, such as "1-1.2".
    """

    path: str = _path()


@target_factory.reg_resource
@attr.s(eq=False)
class NetworkRPiBootPort(NetworkResource):
    """A USB port of another host, which labgrid reaches over ssh.

    host: the name of that host.
    path: the port path as `rpiboot -p` takes it, such as "1-1.2".
    """

    path: str = _path()
