"""The load generators, each wrapped so that it returns a `Figure` or says why there is none."""

import csv
import datetime
import http.client
import json
import os
import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from systems import Broken, Missing, run, tool

LUA = Path(__file__).resolve().parent / "load.lua"
KEY_COUNT = 100_000
VALUE_BYTES = 256


@dataclass
class Figure:
    """The result of one measurement. Latencies in milliseconds, None where the generator does not report them."""

    rate: float
    p50: float | None = None
    p99: float | None = None
    note: str = ""
    more: dict = field(default_factory=dict)


def warm_up_seconds(seconds):
    return max(1, min(2, seconds // 3))


def wrk(port, mode, connections, seconds, pipeline=1):
    """HTTP load of one thread, closed loop; see load.lua for the modes."""

    def once(duration):
        output = run([
            tool("wrk"), "-t1", f"-c{connections}", f"-d{duration}s", "--timeout", "10s", "-s", str(LUA),
            f"http://127.0.0.1:{port}", "--", mode, str(pipeline),
        ])
        found = re.search(r"^RESULT (.*)$", output, re.MULTILINE)
        if not found:
            raise Broken(f"wrk told no result: {output[-300:]}")
        return json.loads(found[1])

    once(warm_up_seconds(seconds))
    result = once(seconds)
    if result["refused"] or result["broken"] or result["timeouts"]:
        raise Broken(
            f"{result['refused']} answers were errors, {result['broken']} connections broke and "
            f"{result['timeouts']} requests timed out")
    rate = result["requests"] / result["seconds"]
    # wrk measures only the last of pipelined requests.
    return Figure(rate, result["p50"], result["p99"]) if pipeline == 1 else Figure(rate)


def redis_benchmark(port, test, clients, seconds, key_count=KEY_COUNT):
    """SET or GET of one Redis. The number of requests follows from a first, short run, which is also the warm-up."""

    def once(count):
        output = run([
            tool("redis-benchmark"), "-h", "127.0.0.1", "-p", str(port), "-t", test, "-c", str(clients),
            "-d", str(VALUE_BYTES), "-r", str(key_count), "-n", str(count), "--csv",
        ])
        rows = list(csv.DictReader(line for line in output.splitlines() if line.startswith('"')))
        return float(rows[-1]["rps"]), float(rows[-1]["p50_latency_ms"]), float(rows[-1]["p99_latency_ms"])

    # One client waits for a sync each time.
    first, _, _ = once(60_000 if clients > 1 else 2_000)
    return Figure(*once(int(first * seconds)))


def redis_fill(port):
    """Enough random SETs for almost every key to exist."""
    run([tool("redis-benchmark"), "-h", "127.0.0.1", "-p", str(port), "-t", "set", "-c", "50", "-P", "64",
         "-d", str(VALUE_BYTES), "-r", str(KEY_COUNT), "-n", str(8 * KEY_COUNT), "-q"])


# etcd's gRPC, through h2load, which repeats one prepared message.

GRPC_HEADERS = ["-H", "content-type: application/grpc", "-H", "te: trailers"]
# Processes, each with its own key; connections of each; calls under way on each connection. Of the combinations with
# 1000 calls under way that were tried, this is the best one for etcd: more connections and more processes of the
# generator make it slower, and the number of keys makes no difference.
GRPC_PROCESSES, GRPC_CONNECTIONS, GRPC_STREAMS = 1, 10, 100


def grpc_message(key, value=None):
    """PutRequest{key, value} or RangeRequest{key}: field 1 and field 2 as bytes, after gRPC's prefix of five bytes."""
    message = b""
    for number, content in ((1, key), (2, value)):
        if content is None:
            continue
        length, rest = b"", len(content)
        while rest > 0x7F:
            length, rest = length + bytes([rest & 0x7F | 0x80]), rest >> 7
        message += bytes([number << 3 | 2]) + length + bytes([rest]) + content
    return b"\0" + len(message).to_bytes(4, "big") + message


def etcd_grpc(etcd, method, seconds):
    """1000 concurrent calls of /etcdserverpb.KV/`method`, Put or Range (linearizable)."""
    url = f"http://127.0.0.1:{etcd.port}/etcdserverpb.KV/{method}"
    with tempfile.TemporaryDirectory() as folder:
        bodies = []
        for number in range(GRPC_PROCESSES):
            key = f"key{number * 12_345:08d}".encode()
            value = os.urandom(VALUE_BYTES // 2).hex().encode() if method == "Put" else None
            bodies.append(Path(folder) / str(number))
            bodies[-1].write_bytes(grpc_message(key, value))
            require_grpc_ok(url, bodies[-1])
        h2load(url, bodies, warm_up_seconds(seconds))
        revision = etcd.revision()
        rate, count = h2load(url, bodies, seconds)
        written = etcd.revision() - revision
    streams = GRPC_PROCESSES * GRPC_CONNECTIONS * GRPC_STREAMS
    # Calls that were open at the end took effect without being counted.
    if method == "Put" and not count <= written <= count + 2 * streams:
        raise Broken(f"h2load counted {count} puts, but etcd's revision grew by {written}")
    return Figure(rate, note=f"{streams} streams, {GRPC_PROCESSES} keys")


def require_grpc_ok(url, body):
    """A failed call has HTTP status 200 too; only its trailer shows the failure."""
    output = run([tool("nghttp"), "-nv", f"--data={body}", *GRPC_HEADERS, url])
    if not re.search(r"grpc-status: 0\b", output):
        raise Broken(f"etcd answered without grpc-status 0: {output[-500:]}")


def h2load(url, bodies, seconds):
    """Runs one process for each body at the same time; total calls per second and total calls."""
    processes = [
        subprocess.Popen(
            [tool("h2load"), "-t1", f"-c{GRPC_CONNECTIONS}", f"-m{GRPC_STREAMS}", f"-D{seconds}", "-d", str(body),
             *GRPC_HEADERS, url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for body in bodies
    ]
    rate, count = 0.0, 0
    for output in [process.communicate()[0] for process in processes]:
        finished = re.search(r"finished in .*?, ([\d.]+) req/s", output)
        requests = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", output)
        if not finished or not requests or any(int(number) for number in requests.groups()[1:]):
            raise Broken(f"h2load did not go through: {output[-500:]}")
        rate, count = rate + float(finished[1]), count + int(requests[1])
    return rate, count


# Skiff's own generator, which has an open loop and reports every second.

def skiff_bench(options, ports, seconds, *flags, value_bytes=VALUE_BYTES, may_be_late=False):
    """The JSON that `skiff bench` prints. An invalid run is a failure, unless it `may_be_late`: then the generator was
    asked for more than the machine can send, and its counts say what it really sent."""
    endpoints = ",".join(f"127.0.0.1:{port}" for port in ([ports] if isinstance(ports, int) else ports))
    program = Path(options.skiff)
    if not program.exists():
        raise Missing(f"{program} is not built; try: compare build")
    done = subprocess.run([
        str(program), "bench", "--endpoints", endpoints, "--duration", f"{seconds}s",
        "--value-size", str(value_bytes), "--output", "json", *map(str, flags)],
        capture_output=True, text=True, timeout=seconds + 600)
    try:
        result = json.loads(done.stdout)
    except ValueError:
        raise Broken(f"skiff bench ended with status {done.returncode}: {done.stderr.strip()[-500:]}") from None
    if not result["valid"] and not may_be_late:
        raise Broken(f"skiff bench calls its run invalid: {'; '.join(result['invalid_reasons'])}")
    return result


class BackgroundBench(threading.Thread):
    """`skiff_bench` while something else is measured."""

    def __init__(self, *arguments, **options):
        super().__init__(daemon=True)
        self.arguments, self.options = arguments, options
        self.result, self.problem = None, None

    def run(self):
        try:
            self.result = skiff_bench(*self.arguments, **self.options)
        except (Broken, Missing, OSError, subprocess.TimeoutExpired) as problem:
            self.problem = problem

    def finish(self):
        self.join()
        if self.problem:
            raise self.problem
        return self.result


def rate_between(result, start, end):
    """Successful requests per second between two times of `time.time`, in whole seconds of the measurement."""
    began = datetime.datetime.fromisoformat(result["started_at"].replace("Z", "+00:00")).timestamp()
    seconds = [each["succeeded"] for each in result["intervals"]
               if start <= began + each["end_s"] - 1 and began + each["end_s"] <= end]
    if not seconds:
        raise Broken("the measurement has no whole second of the time that is asked for")
    return sum(seconds) / len(seconds)


class Prober(threading.Thread):
    """Sends one PUT after the other over its own connection and records how long each answer took, by status: the view
    of one user while others overload the cluster."""

    def __init__(self, port, value_bytes=VALUE_BYTES):
        super().__init__(daemon=True)
        self.port = port
        self.value = "x" * value_bytes
        self.milliseconds = {}
        self.has_bare_refusals = False
        self.is_over = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.is_over.is_set():
            start = time.monotonic()
            try:
                connection.request("PUT", "/v1/kv/key00000000", self.value)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
                self.has_bare_refusals |= status == 429 and "Retry-After" not in answer.headers
            except (OSError, http.client.HTTPException):
                status = 0
                connection.close()
            self.milliseconds.setdefault(status, []).append((time.monotonic() - start) * 1e3)
            self.is_over.wait(0.002)
        connection.close()

    def finish(self):
        self.is_over.set()
        self.join(15)
        return self.milliseconds


class MemorySampler(threading.Thread):
    """Reads the leader's resident memory five times a second."""

    def __init__(self, skiff):
        super().__init__(daemon=True)
        self.skiff = skiff
        self.bytes = []
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(0.2):
            self.bytes.append(self.skiff.leader_memory("VmRSS"))

    def finish(self):
        self.is_over.set()
        self.join()
        return self.bytes
