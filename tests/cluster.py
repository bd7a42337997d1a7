# SPDX-License-Identifier: LGPL-3.0-or-later
"""A PostgreSQL of one's own, for tests that crash it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import server


def programs():
    """Return the newest folder with the programs of a PostgreSQL server, or None."""
    folders = sorted(
        {path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")},
        key=lambda folder: float(folder.parent.name),
    )
    if folders:
        return folders[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """An empty PostgreSQL on a free port, in a temporary folder; a context manager."""

    def __init__(self):
        self.programs = programs()
        self.port = str(server.free_port())
        # PostgreSQL refuses to run as root
        self.user = None
        if os.getuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.user = "postgres" if "postgres" in names else "nobody"

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="crm-cluster-", dir="/tmp")
        if self.user:
            shutil.chown(self.folder, self.user)
        self.data = f"{self.folder}/data"
        self.run("initdb", "-D", self.data, "-U", os.environ["PGUSER"], "--auth=trust", "-N")
        settings = (
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n"
            f"port = {self.port}\nmax_connections = 100\n"
            # A crash of PostgreSQL loses nothing of it, only one of the machine would.
            "fsync = off\n"
        )
        with open(f"{self.data}/postgresql.conf", "a") as file:
            file.write(settings)
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def run(self, program, *arguments):
        # What a server prints must not keep the caller waiting.
        with open(f"{self.folder}/output", "a") as output:
            done = subprocess.run(
                [self.programs / program, *arguments],
                check=False,
                cwd="/",
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
            )
        if done.returncode:
            raise RuntimeError(f"{program}: {Path(self.folder, 'output').read_text()[-2000:]}")

    def start(self):
        log = f"{self.folder}/log"
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", log, "start")

    def stop(self, mode):
        """Stop it; ``"immediate"`` is a crash, ``"fast"`` ends what is under way in good order."""
        self.run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def copy(self, database):
        """Copy a database from the cluster of the environment, with the same name."""
        dump = f"{self.folder}/{database}.dump"
        server.run_tool("pg_dump", "-Fc", "-Z", "0", "-f", dump, database)
        host = ("-h", "127.0.0.1", "-p", self.port)
        server.run_tool("createdb", *host, database)
        # as Odoo makes it, which a dump does not say
        immutable = "CREATE EXTENSION unaccent; ALTER FUNCTION unaccent(text) IMMUTABLE"
        server.run_tool("psql", "-Xq", *host, "-d", database, "-c", immutable)
        server.run_tool("pg_restore", *host, "-j", "2", "-d", database, dump)
        os.unlink(dump)
