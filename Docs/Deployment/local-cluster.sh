#!/usr/bin/env bash
# Runs three nodes of Skiff on this machine until Ctrl-C:
#
#   local-cluster.sh PATH_OF_SKIFFD
#   local-cluster.sh --check-ports     only says whether the ports are free
#
# HTTP on ports 2221 to 2223, Raft on 1111 to 1113, data and logs in ./.cluster (CLUSTER_DIR). A second run finds the
# data of the first. The nodes are configured by the four variables of raft-sample.
set -euo pipefail

program=${1:?the path of skiffd is missing}
directory=${CLUSTER_DIR:-.cluster}
seconds_max=60
declare -A pids=()
stopping=
base=1

say() { printf '%s\n' "$*"; }

# A node gets its own session, so that Ctrl-C reaches this script only and the nodes are stopped in order.
start() { # NUMBER
  local name=node$1
  mkdir -p "$directory/$name"
  SERVER_PORT=222$1 RAFT_NODE_ID=$name RAFT_PORT=111$1 RAFT_VOL_DIR=$directory/$name \
    setsid "$skiffd" </dev/null >>"$directory/$name.log" 2>&1 &
  pids[$name]=$!
  say "$!" >"$directory/$name.pid"
}

is_running() { kill -0 "${pids[$1]}" 2>/dev/null; }

# Before anything is built or started: a node on a taken port would end, and its neighbours would talk to the stranger.
require_free_ports() {
  local port
  for port in 2221 2222 2223 1111 1112 1113; do
    if (exec 3<>"/dev/tcp/localhost/$port") 2>/dev/null; then
      say "port $port is in use: stop the program that listens there, perhaps another cluster" >&2
      exit 1
    fi
  done
}

stop() {
  [ -z "$stopping" ] || return 0
  stopping=yes
  trap '' INT TERM HUP
  [ ${#pids[@]} -eq 0 ] || say 'stopping the nodes'
  local name
  for name in "${!pids[@]}"; do
    # A node that is gone already needs no signal.
    kill -TERM "${pids[$name]}" 2>/dev/null || true
  done
  wait
  rm -f "$directory"/node?.pid
}

fail() { # NAME SENTENCE
  say "$2; the end of $directory/$1.log:" >&2
  tail -n 15 "$directory/$1.log" >&2
  stop
  exit 1
}

require_running() {
  local name
  for name in "${!pids[@]}"; do
    is_running "$name" || fail "$name" "$name ended"
  done
}

# Asks until the node answers 200, for as long as all nodes run and at most a minute.
await_ready() { # NUMBER
  local name=node$1 deadline=$((SECONDS + seconds_max))
  until curl --silent --fail --max-time 2 --output /dev/null "localhost:222$1/readyz"; do
    require_running
    [ "$SECONDS" -lt "$deadline" ] || fail "$name" "$name was not ready after $seconds_max seconds"
    sleep 0.1
  done
  # The answer may be that of a stranger who took the port meanwhile.
  require_running
}

# Waits for a node that serves and can take the others in: node1, unless it was removed in an earlier run.
choose_base() {
  local number deadline=$((SECONDS + seconds_max)) patience=$((SECONDS + 5))
  while true; do
    for number in 1 2 3; do
      [ "$number" = 1 ] || [ "$SECONDS" -ge "$patience" ] || continue
      if curl --silent --fail --max-time 2 --output /dev/null "localhost:222$number/readyz"; then
        base=$number
        return
      fi
    done
    require_running
    [ "$SECONDS" -lt "$deadline" ] || fail node1 "no node was ready after $seconds_max seconds"
    sleep 0.1
  done
}

# With the names of the README's calls, which become aliases. A node that is a member already is welcome again.
join() { # NUMBER
  local body="{\"node_id\":\"node_$1\",\"raft_address\":\"127.0.0.1:111$1\"}" answer
  answer=$(curl --silent --show-error --max-time 30 --write-out '\n%{http_code}' "localhost:222$base/raft/join" \
    --header 'Content-Type: application/json' --data "$body") || fail "node$base" "it did not answer the join of node$1"
  [ "${answer##*$'\n'}" = 200 ] || fail "node$base" "it refused node$1: ${answer%$'\n'*}"
}

require_free_ports
[ "$program" != --check-ports ] || exit 0
skiffd=$(realpath "$program")
trap stop EXIT
trap 'stop; exit 0' INT TERM HUP
mkdir -p "$directory"
for number in 1 2 3; do start $number; done
choose_base
for number in 1 2 3; do [ "$number" = "$base" ] || join $number; done
for number in 1 2 3; do await_ready $number; done

cat <<EOT

Three nodes are running: HTTP on 2221, 2222 and 2223, logs in $directory/node1.log and so on. Try, in another terminal:

  curl localhost:2222/store -H 'Content-Type: application/json' -d '{"key":"greeting","value":"hello"}'
  curl localhost:2223/store/greeting
  curl -X PUT localhost:2221/v1/kv/app/name --data-binary 'Skiff'
  curl localhost:2223/v1/kv/app/name
  curl localhost:2221/raft/stats
  kill -9 \$(cat $directory/node1.pid)      # the other two go on
  curl localhost:2222/v1/kv/app/name

Ctrl-C stops the nodes. make clean-data deletes their data.
EOT

# A killed node is part of the tour; when all are gone nobody has asked for the end.
while [ ${#pids[@]} -gt 0 ]; do
  # Without the shell's own remark about a killed process.
  { wait -n "${pids[@]}" || true; } 2>/dev/null
  for name in "${!pids[@]}"; do
    is_running "$name" && continue
    say "$name ended; see $directory/$name.log"
    unset "pids[$name]"
  done
done
say 'all nodes ended' >&2
exit 1
