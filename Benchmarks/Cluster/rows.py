"""The measurements and their targets: the table of `compare` as data."""

import http.client
import statistics
import time
from dataclasses import dataclass
from typing import Callable

from loads import (
    BackgroundBench, MemorySampler, Prober, Figure, etcd_grpc, rate_between, redis_benchmark, redis_fill, skiff_bench,
    wrk)
from systems import (
    Bare, Broken, Etcd, FreshSkiff, JoinedSkiff, KilledSkiff, LongRestartedSkiff, LongSkiff, RaftSample, Redis,
    RestartedSkiff, Skiff, request)

MIB = 1 << 20
BATCH_SIZE = 100
STEADY_SECONDS = 60
STEADY_KEYS = 1_000_000
LONG_SECONDS = 300
LONG_KEYS = 10_000_000
# A key of `skiff bench` and of redis-benchmark is about as long: "key" or "key:" and ten or twelve digits.
USER_BYTES = 256 + 13
FAILOVERS = 20
# 1 GB of live data. The load before, during and after a join is that of the row `put`: it overwrites other keys, so that
# the compaction of the data is not the subject.
JOIN_KEYS = 1_000_000
JOIN_VALUE_BYTES = 1_024
JOIN_SECONDS_BEFORE = 10
JOIN_SECONDS_MAX = 40
RESTART_LOAD_SECONDS = 60
RESTART_LOAD_SECONDS_LONG = 600
RESTART_SECONDS_MAX = 30
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


def sustained(duration, key_count):
    """PUTs of many keys for a long time, with the figures of each second, the bytes to disk of the nodes for each byte
    of keys and values, and the memory of the leader afterwards."""
    def measure(skiff, _, options):
        before, revision = skiff.bytes_to_disk(), skiff.revision()
        result = skiff_bench(
            options, skiff.port, duration, "--connections", 256, "--keys", key_count, "--mix", "put=100")
        written, puts = skiff.bytes_to_disk() - before, skiff.revision() - revision
        seconds = [each["succeeded"] for each in result["intervals"]][:duration]
        if len(seconds) < duration:
            raise Broken(f"skiff bench told of {len(seconds)} seconds only")
        return Figure(sum(seconds) / len(seconds), more={
            "first": sum(seconds[:10]) / 10, "last": sum(seconds[-10:]) / 10, "worst second": min(seconds),
            "median second": statistics.median(seconds),
            "bytes to disk": written / (USER_BYTES * puts),
            "resident": skiff.leader_memory("VmRSS") / MIB,
            "longest log write": skiff.longest_log_write()})
    return measure


def etcd_disk(etcd, _, options):
    """The load of the minute, through etcd's HTTP gateway."""
    before, revision = etcd.bytes_to_disk(), etcd.revision()
    result = skiff_bench(
        options, etcd.port, STEADY_SECONDS, "--target", "etcd", "--connections", 256, "--keys", STEADY_KEYS,
        "--mix", "put=100")
    written, puts = etcd.bytes_to_disk() - before, etcd.revision() - revision
    return Figure(succeeded_rate(result), more={"bytes to disk": written / (USER_BYTES * puts)})


def redis_disk(redis, *_):
    """The load of the minute from redis-benchmark. Its own first run counts with its requests."""
    before, requests = redis.bytes_to_disk(), redis.set_count()
    figure = redis_benchmark(redis.port, "set", 256, STEADY_SECONDS, STEADY_KEYS)
    written, requests = redis.bytes_to_disk() - before, redis.set_count() - requests
    return Figure(figure.rate, more={"bytes to disk": written / (USER_BYTES * requests)})


def skiff_through_followers(skiff, seconds, options):
    """The same load on the leader, and then on the two followers, which pass it on."""
    load = ("--connections", 256, "--keys", 100_000, "--mix", "put=100")
    leader = succeeded_rate(skiff_bench(options, skiff.port, seconds, *load))
    followers = succeeded_rate(skiff_bench(options, skiff.followers(), seconds, *load))
    return Figure(followers, more={"leader": leader})


def half_load(*target):
    """Latency from the intended start in an open loop at half of what the closed loop reaches on the same system."""
    def measure(system, seconds, options):
        load = (*target, "--connections", 256, "--keys", 100_000, "--mix", "put=100")
        peak = succeeded_rate(skiff_bench(options, system.port, seconds, *load))
        result = skiff_bench(options, system.port, seconds, *load, "--rate", int(peak / 2))
        if not result["rate_reached"]:
            raise Broken(f"half of the peak was not reached: {result['started_per_s']:,.0f} of {peak / 2:,.0f}/s")
        latency = result["all"]["latency"]
        return Figure(succeeded_rate(result), latency["p50_us"] / 1e3, latency["p99_us"] / 1e3, more={"peak": peak})
    return measure


def skiff_failover(skiff, *_):
    """How long after kill -9 of the leader the next write is acknowledged through another node, in milliseconds."""
    milliseconds = []
    for number in range(FAILOVERS):
        skiff.await_all_ready()
        leader, other = skiff.leader(), skiff.followers()[number % 2]
        start = time.monotonic()
        skiff.kill(f"node{leader + 1}")
        while not is_written(other):
            if time.monotonic() > start + 30:
                raise Broken("no write was acknowledged within 30 s of the death of the leader")
        milliseconds.append((time.monotonic() - start) * 1e3)
        skiff.start_again(f"node{leader + 1}")
    skiff.await_all_ready()
    return Figure(statistics.median(milliseconds), more={"maximum": max(milliseconds)})


def skiff_join(skiff, _, options):
    """How long an empty node needs from its join until it has caught up, in seconds, while others write."""
    skiff_bench(
        options, skiff.port, 1, "--keys", JOIN_KEYS, "--mix", "put=100", "--fill", value_bytes=JOIN_VALUE_BYTES,
        may_be_late=True)
    skiff.spawn_node(options.skiffd)
    skiff.await_("an answer of the new node", lambda: request(skiff.http[3], "GET", "/livez")[0] == 200)
    # What it could not send for want of a processor is part of what the join costs.
    bench = BackgroundBench(
        options, skiff.port, JOIN_SECONDS_BEFORE + JOIN_SECONDS_MAX, "--connections", 256, "--keys", 100_000,
        "--key-prefix", "load", "--mix", "put=100", may_be_late=True)
    bench.start()
    # With the warm-up of the generator.
    time.sleep(JOIN_SECONDS_BEFORE + 2)
    start = time.time()
    if not skiff.join(3, wait=False):
        raise Broken("the fourth node did not join")
    while request(skiff.http[3], "GET", "/readyz")[0] != 200:
        if time.time() > start + JOIN_SECONDS_MAX:
            raise Broken(f"the new node has not caught up within {JOIN_SECONDS_MAX} s")
        time.sleep(0.02)
    end = time.time()
    if not skiff.has_installed_snapshot(3):
        raise Broken("the new node was sent the whole log, and no snapshot")
    result = bench.finish()
    return Figure(end - start, more={
        "before": rate_between(result, start - JOIN_SECONDS_BEFORE, start),
        "during": rate_between(result, start, end)})


def skiff_restart(duration):
    """kill -9 of a follower at the end of a load that goes on, and then of all nodes: how long after its start a node
    answers reads, and a leader writes, in seconds."""
    def measure(skiff, _, options):
        bench = BackgroundBench(
            options, skiff.port, duration + RESTART_SECONDS_MAX, "--connections", 256, "--keys", STEADY_KEYS,
            "--mix", "put=100", may_be_late=True)
        bench.start()
        time.sleep(duration)
        follower = (skiff.leader() + 1) % 3
        skiff.kill(f"node{follower + 1}")
        start = time.monotonic()
        skiff.start_again(f"node{follower + 1}")
        await_within(RESTART_SECONDS_MAX, "the node serves", lambda: skiff.serves(follower))
        alone = time.monotonic() - start
        bench.finish()
        for number in range(3):
            skiff.processes[f"node{number + 1}"].kill()
        for number in range(3):
            skiff.kill(f"node{number + 1}")
        start = time.monotonic()
        for number in range(3):
            skiff.start_again(f"node{number + 1}")
        await_within(RESTART_SECONDS_MAX, "all nodes serve, and one leads", lambda: all(
            skiff.serves(number) for number in range(3)) and is_written(skiff.http[0]))
        return Figure(alone, more={"all": time.monotonic() - start})
    return measure


def await_within(seconds, what, is_so):
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise Broken(f"{what}: not within {seconds} s")
        time.sleep(0.005)


def is_written(port):
    try:
        return request(port, "PUT", "/v1/kv/failover?timeout=1s", "x", timeout=5)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def skiff_overload(skiff, seconds, options):
    """First the peak load of the cluster, then four times that, with a prober and a watch on the memory.

    The generator shares the machine and cannot always send that much in time: what it sent is a separate figure."""
    load = ("--keys", 10_000, "--mix", "put=100")
    peak = succeeded_rate(skiff_bench(
        options, skiff.port, seconds, *load, "--connections", PEAK_CONNECTIONS, value_bytes=OVERLOAD_VALUE_BYTES))
    leader = skiff.leader()
    memory, prober = MemorySampler(skiff), Prober(skiff.port, OVERLOAD_VALUE_BYTES)
    memory.start()
    prober.start()
    try:
        overload = skiff_bench(
            options, skiff.port, 2 * seconds, *load, "--connections", OVERLOAD_CONNECTIONS,
            "--rate", int(OVERLOAD_FACTOR * peak), value_bytes=OVERLOAD_VALUE_BYTES, may_be_late=True)
    finally:
        resident, answers = memory.finish(), prober.finish()
    if skiff.leader() != leader:
        raise Broken("the leader changed under overload")
    if prober.has_bare_refusals:
        raise Broken("a 429 came without Retry-After")
    third = max(1, len(resident) // 3)
    # A percentile is null if too few were refused to know it.
    refused = [each["service"] for each in overload["failures"]
               if each["reason"].startswith("429") and each["service"]["p99_us"] is not None]
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
    "bare get": (Bare, lambda bare, seconds, _: wrk(bare.port, "stale", 64, seconds)),
    "put": (Skiff, skiff_wrk("put", 256)),
    "put alone": (Skiff, skiff_wrk("put", 1)),
    "put pipelined": (Skiff, skiff_wrk("put", 256, pipeline=16)),
    "store": (Skiff, skiff_wrk("store", 256)),
    "batch": (Skiff, skiff_batch),
    "get stale": (Skiff, skiff_read("stale", 64)),
    "get": (Skiff, skiff_read("get", 256)),
    "through followers": (Skiff, skiff_through_followers),
    "half load": (Skiff, half_load()),
    "steady": (Skiff, sustained(STEADY_SECONDS, STEADY_KEYS)),
    # Measured last, because it is the largest value since the start of the leader.
    "memory": (Skiff, skiff_memory),
    "overload": (FreshSkiff, skiff_overload),
    "failover": (KilledSkiff, skiff_failover),
    "join": (JoinedSkiff, skiff_join),
    "restart 1": (RestartedSkiff, skiff_restart(RESTART_LOAD_SECONDS)),
    "restart 10": (LongRestartedSkiff, skiff_restart(RESTART_LOAD_SECONDS_LONG)),
    "long": (LongSkiff, sustained(LONG_SECONDS, LONG_KEYS)),
    "etcd put": (Etcd, etcd_wrk(256)),
    "etcd put alone": (Etcd, etcd_wrk(1)),
    "etcd gRPC put": (Etcd, etcd_call("Put")),
    "etcd gRPC get": (Etcd, etcd_call("Range")),
    "etcd half load": (Etcd, half_load("--target", "etcd")),
    # Last, because it leaves a million keys.
    "etcd disk": (Etcd, etcd_disk),
    "redis set": (Redis, redis_test("set", 256)),
    "redis set alone": (Redis, redis_test("set", 1)),
    "redis get": (Redis, redis_test("get", 64)),
    "redis disk": (Redis, redis_disk),
    "raft-sample store": (RaftSample, raft_sample_store),
}


# Those whose load comes from `skiff bench`.
GENERATED_BY_SKIFF = {
    "through followers", "half load", "steady", "overload", "long", "etcd half load", "etcd disk", "join", "restart 1",
    "restart 10"}


# MARK: Rows

@dataclass(frozen=True)
class Row:
    """One line of the table. `compare` turns the figures of its measurements into (ours, theirs or None, score)."""

    name: str
    work: str
    ours: str
    theirs: str | None
    must: float | None
    """What the score must reach; None for a figure without a target."""
    compare: Callable
    unit: str = "/s"
    is_at_most: bool = False
    """The score must not be above `must`, instead of not below."""
    is_ratio: bool = True
    """Whether the score is a ratio or our figure itself."""
    is_long: bool = False
    """Measured only with --long, or if --only names it."""

    @property
    def measurements(self):
        return [name for name in (self.ours, self.theirs) if name]

    def is_met(self, score):
        if self.must is None:
            return None
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


def parts(name):
    """One figure other than the rate, of both."""
    return lambda ours, theirs: (ours.more[name], theirs.more[name], ours.more[name] / theirs.more[name])


def p99(ours):
    return ours.p99, None, ours.p99


def p99s(ours, theirs):
    return ours.p99, theirs.p99, ours.p99 / theirs.p99


def refusal(ours):
    if ours.more["refused p99"] is None:
        raise Broken("nothing was refused: the load did not fill what may wait")
    return part("refused p99")(ours)


ROWS = [
    Row("put-etcd", "PUT, 256 connections / etcd HTTP gateway", "put", "etcd put", 8, rates),
    Row("put-etcd-grpc", "PUT, 256 connections / etcd gRPC, 1000 calls", "put", "etcd gRPC put", 3, rates),
    Row("put-raft-sample", "PUT, 256 connections / raft-sample POST", "put", "raft-sample store", 25, rates),
    Row("put-bare", "PUT, 256 connections / bare NIO server", "put", "bare put", 0.52, rates),
    Row("put-redis", "PUT, 256 connections / Redis SET, fsync always", "put", "redis set", 0.7, rates),
    Row("put-followers", "PUT through the followers / through the leader", "through followers", None, 0.85,
        rate_to("leader")),
    Row("store", "POST /store / PUT", "store", "put", 0.75, rates),
    Row("latency", "PUT, 1 connection, p50 / etcd HTTP gateway", "put alone", "etcd put alone", 0.45, medians,
        unit="ms", is_at_most=True),
    Row("latency-redis", "PUT, 1 connection, p50 / Redis SET, fsync always", "put alone", "redis set alone", 1.8,
        medians, unit="ms", is_at_most=True),
    Row("latency-half", "PUT, open loop at half of the peak: p99", "half load", None, 5, p99,
        unit="ms", is_at_most=True, is_ratio=False),
    Row("latency-half-etcd", "PUT, each at half of its own peak: p99 / etcd HTTP gateway", "half load",
        "etcd half load", None, p99s, unit="ms", is_at_most=True),
    Row("batch", "POST /v1/batch of 100 puts, in puts", "batch", None, 80_000, alone, is_ratio=False),
    Row("get-stale", "GET stale, 64 connections / Redis GET", "get stale", "redis get", 0.75, rates),
    Row("get-bare", "GET stale, 64 connections / bare NIO server", "get stale", "bare get", None, rates),
    Row("get", "GET linearizable / etcd gRPC linearizable get", "get", "etcd gRPC get", 1.7, rates),
    Row("pipelined", "PUT, 16 pipelined / PUT", "put pipelined", "put", 1.3, rates),
    Row("steady-last", "60 s PUT, 1 M keys: last 10 s / first 10 s", "steady", None, 0.85, part_to("last", "first")),
    Row("steady-average", "60 s PUT, 1 M keys: average / first 10 s", "steady", None, 0.85, rate_to("first")),
    Row("steady-worst", "60 s PUT, 1 M keys: worst second", "steady", None, 1, part("worst second"), is_ratio=False),
    Row("disk", "60 s PUT, 1 M keys: bytes to disk per user byte", "steady", None, 3.5, part("bytes to disk"),
        unit="bytes", is_at_most=True, is_ratio=False),
    Row("log-write", "60 s PUT, 1 M keys: longest write of the log, without sync", "steady", None, 10,
        part("longest log write"), unit="ms", is_at_most=True, is_ratio=False),
    Row("disk-etcd", "bytes to disk per user byte / etcd", "steady", "etcd disk", None, parts("bytes to disk"),
        unit="bytes", is_at_most=True),
    Row("disk-redis", "bytes to disk per user byte / Redis, fsync always", "steady", "redis disk", None,
        parts("bytes to disk"), unit="bytes", is_at_most=True),
    Row("overload-goodput", "4 x saturation: goodput / peak", "overload", None, 0.8, rate_to("peak")),
    Row("overload-refusal", "4 x saturation: p99 of 429 answers", "overload", None, 50, refusal,
        unit="ms", is_at_most=True, is_ratio=False),
    Row("overload-memory", "4 x saturation: memory, last / second third", "overload", None, 1.1,
        part_to("memory at the end", "memory before"), unit="MiB", is_at_most=True),
    Row("failover-median", f"kill -9 of the leader, {FAILOVERS} times: median", "failover", None, 150, alone,
        unit="ms", is_at_most=True, is_ratio=False),
    Row("failover-maximum", f"kill -9 of the leader, {FAILOVERS} times: maximum", "failover", None, 500,
        part("maximum"), unit="ms", is_at_most=True, is_ratio=False),
    Row("join", "A node joins 1 GB of data under load: until it has caught up", "join", None, 20, alone,
        unit="s", is_at_most=True, is_ratio=False),
    Row("join-load", "PUT, 256 connections: during the join / before", "join", None, 0.7, part_to("during", "before")),
    Row("restart-1", "kill -9 of a follower after 1 min of PUT: until it serves", "restart 1", None, 2, alone,
        unit="s", is_at_most=True, is_ratio=False),
    Row("restart-all", "kill -9 of all nodes after that: until all serve", "restart 1", None, 5, part("all"),
        unit="s", is_at_most=True, is_ratio=False),
    Row("memory", "Leader memory during all of this", "memory", None, 300, alone,
        unit="MiB", is_at_most=True, is_ratio=False),
    Row("long-average", "5 min PUT, 10 M keys: average / first 10 s", "long", None, 0.8, rate_to("first"),
        is_long=True),
    Row("long-worst", "5 min PUT, 10 M keys: worst / median second", "long", None, 0.6,
        part_to("worst second", "median second"), is_long=True),
    Row("long-disk", "5 min PUT, 10 M keys: bytes to disk per user byte", "long", None, 5, part("bytes to disk"),
        unit="bytes", is_at_most=True, is_ratio=False, is_long=True),
    Row("long-memory", "5 min PUT, 10 M keys: leader memory afterwards", "long", None, 300, part("resident"),
        unit="MiB", is_at_most=True, is_ratio=False, is_long=True),
    Row("restart-10", "kill -9 of a follower after 10 min of PUT: until it serves", "restart 10", None, 2, alone,
        unit="s", is_at_most=True, is_ratio=False, is_long=True),
]
