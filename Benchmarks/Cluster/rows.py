"""The measurements and their targets: the table of `compare` as data."""

from dataclasses import dataclass
from typing import Callable

from loads import MemorySampler, Prober, Figure, etcd_grpc, redis_benchmark, redis_fill, skiff_bench, wrk
from systems import Bare, Broken, Etcd, FreshSkiff, RaftSample, Redis, Skiff, request

MIB = 1 << 20
BATCH_SIZE = 100
STEADY_SECONDS = 60
STEADY_KEYS = 1_000_000
# More than the leader lets wait (32 MiB), one request at a time on each connection: a refusal after an accepted write on
# the same connection would have to wait, because HTTP answers in order. Values are so large that serving a request
# costs more than sending it; the leader can take all small requests that a generator on the same machine can send.
OVERLOAD_VALUE_BYTES = 16_384
OVERLOAD_CONNECTIONS = 2_200
PEAK_CONNECTIONS = 1_024
OVERLOAD_FACTOR = 4


# MARK: Measurements, by system and in the order in which they run

def skiff_wrk(mode, connections, pipeline=1):
    return lambda skiff, seconds, _: wrk(skiff.port, mode, connections, seconds, pipeline)


def skiff_read(mode, connections):
    def measure(skiff, seconds, _):
        skiff.fill()
        return wrk(skiff.port, mode, connections, seconds)
    return measure


def skiff_batch(skiff, seconds, _):
    line = '{"put":{"key":"batch","value":"1"}}\n'
    status, _, body = request(skiff.port, "POST", "/v1/batch", line * 2, {"Content-Type": "application/x-ndjson"})
    if status != 200 or b'"applied":2' not in body.replace(b" ", b""):
        raise Broken(f"POST /v1/batch answered {status} {body[:120]!r}")
    figure = wrk(skiff.port, "batch", 64, seconds)
    return Figure(figure.rate * BATCH_SIZE, figure.p50, figure.p99)


def skiff_steady(skiff, _, options):
    """PUTs of a million keys for a minute, with the figures of each second."""
    result = skiff_bench(
        options, skiff.port, STEADY_SECONDS, "--connections", 256, "--keys", STEADY_KEYS, "--mix", "put=100")
    seconds = [each["succeeded"] for each in result["intervals"]][:STEADY_SECONDS]
    if len(seconds) < STEADY_SECONDS:
        raise Broken(f"skiff bench told of {len(seconds)} seconds only")
    return Figure(sum(seconds) / len(seconds), more={
        "first": sum(seconds[:10]) / 10, "last": sum(seconds[-10:]) / 10, "worst second": min(seconds)})


def skiff_overload(skiff, seconds, options):
    """First the peak load of the cluster, then four times that, with a prober and a watch on the memory.

    The generator shares the machine and cannot always send that much in time: what it sent is a separate figure."""
    load = ("--keys", 10_000, "--mix", "put=100", "--value-size", OVERLOAD_VALUE_BYTES)
    peak = succeeded_rate(skiff_bench(options, skiff.port, seconds, *load, "--connections", PEAK_CONNECTIONS))
    leader = skiff.leader()
    memory, prober = MemorySampler(skiff), Prober(skiff.port, OVERLOAD_VALUE_BYTES)
    memory.start()
    prober.start()
    try:
        overload = skiff_bench(
            options, skiff.port, 2 * seconds, *load, "--connections", OVERLOAD_CONNECTIONS,
            "--rate", int(OVERLOAD_FACTOR * peak), may_be_late=True)
    finally:
        resident, answers = memory.finish(), prober.finish()
    if skiff.leader() != leader:
        raise Broken("the leader changed under overload")
    if prober.has_bare_refusals:
        raise Broken("a 429 came without Retry-After")
    third = max(1, len(resident) // 3)
    refused = [each["service"] for each in overload["failures"] if each["reason"].startswith("429")]
    return Figure(succeeded_rate(overload), more={
        "peak": peak, "offered": OVERLOAD_FACTOR * peak, "sent": sent_rate(overload),
        "refused p50": refused[0]["p50_us"] / 1e3 if refused else None,
        "refused p99": refused[0]["p99_us"] / 1e3 if refused else None,
        "prober's answers": {status: len(times) for status, times in answers.items()},
        "memory before": max(resident[third:2 * third]) / MIB, "memory at the end": max(resident[-third:]) / MIB,
        "failures": {each["reason"]: each["count"] for each in overload["failures"]}})


def succeeded_rate(result):
    return result["all"]["ok_per_s"]


def sent_rate(result):
    """Answered and failed requests per second: those that reached the cluster, or at least its sockets."""
    return (result["all"]["succeeded"] + result["all"]["failed"]) / result["elapsed_s"]


def skiff_memory(skiff, *_):
    return Figure(skiff.leader_memory("VmHWM") / MIB)


def etcd_wrk(connections):
    return lambda etcd, seconds, _: wrk(etcd.port, "etcd", connections, seconds)


def etcd_call(method):
    return lambda etcd, seconds, _: etcd_grpc(etcd, method, seconds)


def redis_test(test, clients):
    def measure(redis, seconds, _):
        if test == "get":
            redis_fill(redis.port)
        return redis_benchmark(redis.port, test, clients, seconds)
    return measure


def raft_sample_store(sample, seconds, _):
    """The better of 64 and 256 connections."""
    return max((wrk(sample.port, "store", connections, seconds) for connections in (64, 256)),
               key=lambda figure: figure.rate)


MEASUREMENTS = {
    "bare put": (Bare, lambda bare, seconds, _: wrk(bare.port, "put", 256, seconds)),
    "put": (Skiff, skiff_wrk("put", 256)),
    "put alone": (Skiff, skiff_wrk("put", 1)),
    "put pipelined": (Skiff, skiff_wrk("put", 256, pipeline=16)),
    "store": (Skiff, skiff_wrk("store", 256)),
    "batch": (Skiff, skiff_batch),
    "get stale": (Skiff, skiff_read("stale", 64)),
    "get": (Skiff, skiff_read("get", 256)),
    "steady": (Skiff, skiff_steady),
    # Measured last, because it is the largest value since the start of the leader.
    "memory": (Skiff, skiff_memory),
    "overload": (FreshSkiff, skiff_overload),
    "etcd put": (Etcd, etcd_wrk(256)),
    "etcd put alone": (Etcd, etcd_wrk(1)),
    "etcd gRPC put": (Etcd, etcd_call("Put")),
    "etcd gRPC get": (Etcd, etcd_call("Range")),
    "redis set": (Redis, redis_test("set", 256)),
    "redis get": (Redis, redis_test("get", 64)),
    "raft-sample store": (RaftSample, raft_sample_store),
}


# MARK: Rows

@dataclass(frozen=True)
class Row:
    """One line of the table. `compare` turns the figures of its measurements into (ours, theirs or None, score)."""

    name: str
    work: str
    ours: str
    theirs: str | None
    must: float
    compare: Callable
    unit: str = "/s"
    is_at_most: bool = False
    """The score must not be above `must`, instead of not below."""
    is_ratio: bool = True
    """Whether the score is a ratio or our figure itself."""

    @property
    def measurements(self):
        return [name for name in (self.ours, self.theirs) if name]

    def is_met(self, score):
        return score <= self.must if self.is_at_most else score >= self.must


def rates(ours, theirs):
    return ours.rate, theirs.rate, ours.rate / theirs.rate


def medians(ours, theirs):
    return ours.p50, theirs.p50, ours.p50 / theirs.p50


def alone(ours):
    return ours.rate, None, ours.rate


def rate_to(base):
    """Our rate and one of the other figures."""
    return lambda ours: (ours.rate, ours.more[base], ours.rate / ours.more[base])


def part_to(part, base):
    """Two figures other than our rate."""
    return lambda ours: (ours.more[part], ours.more[base], ours.more[part] / ours.more[base])


def part(name):
    """One figure other than our rate, alone."""
    return lambda ours: (ours.more[name], None, ours.more[name])


def refusal(ours):
    if ours.more["refused p99"] is None:
        raise Broken("nothing was refused: the load did not fill what may wait")
    return part("refused p99")(ours)


ROWS = [
    Row("put-etcd", "PUT, 256 connections / etcd HTTP gateway", "put", "etcd put", 4, rates),
    Row("put-etcd-grpc", "PUT, 256 connections / etcd gRPC, 1000 calls", "put", "etcd gRPC put", 2.7, rates),
    Row("put-raft-sample", "PUT, 256 connections / raft-sample POST", "put", "raft-sample store", 25, rates),
    Row("put-bare", "PUT, 256 connections / bare NIO server", "put", "bare put", 0.65, rates),
    Row("put-redis", "PUT, 256 connections / Redis SET, fsync always", "put", "redis set", 0.6, rates),
    Row("store", "POST /store / PUT", "store", "put", 0.75, rates),
    Row("latency", "PUT, 1 connection, p50 / etcd HTTP gateway", "put alone", "etcd put alone", 0.6, medians,
        unit="ms", is_at_most=True),
    Row("batch", "POST /v1/batch of 100 puts, in puts", "batch", None, 80_000, alone, is_ratio=False),
    Row("get-stale", "GET stale, 64 connections / Redis GET", "get stale", "redis get", 0.75, rates),
    Row("get", "GET linearizable / etcd gRPC linearizable get", "get", "etcd gRPC get", 1.7, rates),
    Row("pipelined", "PUT, 16 pipelined / PUT", "put pipelined", "put", 1.3, rates),
    Row("steady-last", "60 s PUT, 1 M keys: last 10 s / first 10 s", "steady", None, 0.85, part_to("last", "first")),
    Row("steady-average", "60 s PUT, 1 M keys: average / first 10 s", "steady", None, 0.85, rate_to("first")),
    Row("steady-worst", "60 s PUT, 1 M keys: worst second", "steady", None, 1, part("worst second"), is_ratio=False),
    Row("overload-goodput", "4 x saturation: goodput / peak", "overload", None, 0.8, rate_to("peak")),
    Row("overload-refusal", "4 x saturation: p99 of 429 answers", "overload", None, 50, refusal,
        unit="ms", is_at_most=True, is_ratio=False),
    Row("overload-memory", "4 x saturation: memory, last / second third", "overload", None, 1.1,
        part_to("memory at the end", "memory before"), unit="MiB", is_at_most=True),
    Row("memory", "Leader memory during all of this", "memory", None, 300, alone,
        unit="MiB", is_at_most=True, is_ratio=False),
]
