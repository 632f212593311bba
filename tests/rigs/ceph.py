"""A temporary Ceph of one node, as a second opinion on S3: a monitor, one OSD in memory, and radosgw on 127.0.0.1."""

import secrets
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.rigs.server import answers, until

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "monmaptool", "ceph")
PACKAGES = "radosgw ceph-mon ceph-osd ceph-common"

SETTINGS = """\
[global]
fsid = {fsid}
mon_host = {monitor}
public_addr = 127.0.0.1
ms_bind_ipv6 = false
# Nobody else can reach the cluster; the tests are about the gateway.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {folder}
log_file = {folder}/$name.log
admin_socket = {folder}/$name.sock
crash_dir = {folder}
pid_file =
# One disk, in memory.
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000

[mon.a]
mon_data = {folder}/mon

[osd.0]
osd_data = {folder}/osd

[client.rgw]
# By default radosgw encrypts its connection to the monitor; there are no keys for that here.
ms_mon_client_mode = crc
rgw_data = {folder}/rgw
# Without it every answer with a body takes 40 ms.
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
"""


@contextmanager
def running(folder: Path, port: int) -> Iterator[tuple[str, str]]:
    """Run a cluster with its files in `folder`, radosgw on `port` and the monitor on the next two ports.

    Yields the access key and the secret of a user; ends every process at the end of the block.
    """
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise FileNotFoundError(f"Ceph's {', '.join(missing)} not found. Debian: apt-get install {PACKAGES}")
    fsid, monitor = str(uuid.uuid4()), f"[v2:127.0.0.1:{port + 1},v1:127.0.0.1:{port + 2}]"
    conf = folder / "ceph.conf"
    conf.write_text(SETTINGS.format(fsid=fsid, monitor=monitor, folder=folder, port=port))
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [program, *arguments, f"--conf={conf}"], cwd=folder, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr

    with ExitStack() as stack:

        def start(program: str, *arguments: str) -> None:
            log = stack.enter_context((folder / f"{program}.out").open("wb"))
            process = subprocess.Popen(
                [program, "-f", f"--conf={conf}", *arguments], cwd=folder, stdout=log, stderr=log
            )
            stack.callback(_stop, process)

        run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", monitor, str(folder / "monmap"))
        run("ceph-mon", "--mkfs", "-i", "a", "--monmap", str(folder / "monmap"))
        start("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        run("ceph", "osd", "new", osd)
        run("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", osd)
        start("ceph-osd", "-i", "0")
        access_key, secret_key = secrets.token_hex(10), secrets.token_hex(20)
        user = ["--uid=image-host", "--display-name=image-host", f"--access-key={access_key}", f"--secret={secret_key}"]
        run("radosgw-admin", "user", "create", *user)
        start("radosgw", "-n", "client.rgw")
        until(lambda: answers(f"http://127.0.0.1:{port}"))
        yield access_key, secret_key


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
