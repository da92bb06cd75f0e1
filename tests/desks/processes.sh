# shellcheck shell=bash
# Sourced by the scripts beside it: servers in the background, on 127.0.0.1 only, with all they write in one folder
# (COUNTERSIGN_DESKS, or build/desks). A process is signalled only through a pid file that also holds its start
# time, so that a pid that was given to somebody else is never touched.

desks_home="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
project_home="$(cd "$desks_home/../.." && pwd)"
desks_data="${COUNTERSIGN_DESKS:-$project_home/build/desks}"
umask 022
export LC_ALL=C.UTF-8

say() { printf '[%s] %s\n' "$(date +%T)" "$*" >&2; }
die() { say "ERROR: $*"; exit 1; }

# proc_stat PID: "state session starttime" of a process, nothing when there is none.
proc_stat() { awk '{sub(/^.*\) /,""); print $1,$4,$20}' "/proc/$1/stat" 2>/dev/null; }

pid_record() {
  local state session started
  read -r state session started <<<"$(proc_stat "$2")"
  printf '%s %s\n' "$2" "$started" >"$1"
}

# pid_alive FILE: prints the pid when it is the recorded process and runs; a zombie does not.
pid_alive() {
  local pid recorded state session started
  { [ -r "$1" ] && read -r pid recorded <"$1" && [ -n "$recorded" ]; } || return 1
  read -r state session started <<<"$(proc_stat "$pid")"
  [ "$started" = "$recorded" ] && [ "$state" != Z ] && printf '%s\n' "$pid"
}

# session_pids FILE: the recorded process and all that it started, also when it is gone itself. Each server has a
# session of its own, whose id is the recorded pid and is given to nobody else while a member lives.
session_pids() {
  local pid recorded folder state session started
  { [ -r "$1" ] && read -r pid recorded <"$1" && [ -n "$recorded" ]; } || return 0
  for folder in /proc/[0-9]*; do
    read -r state session started <<<"$(proc_stat "${folder#/proc/}")"
    [ "$session" = "$pid" ] && [ "$state" != Z ] && [ "$started" -ge "$recorded" ] && printf '%s\n' "${folder#/proc/}"
  done
  return 0
}

# stop_server FILE SECONDS: TERM to the server (or to what it left behind), then KILL to what remains.
stop_server() {
  local file=$1 end=$((SECONDS + $2)) pid left
  [ -r "$file" ] || return 0
  if pid=$(pid_alive "$file"); then kill -TERM "$pid" 2>/dev/null; else signal_all TERM "$file"; fi
  while left=$(session_pids "$file"); [ -n "$left" ] && [ $SECONDS -lt $end ]; do sleep 0.1; done
  if [ -n "$left" ]; then
    say "still there after $2 s, so KILL: ${left//$'\n'/ }"
    signal_all KILL "$file"
    sleep 0.3
  fi
  rm -f "$file"
}

signal_all() {
  local pid
  for pid in $(session_pids "$2"); do kill "-$1" "$pid" 2>/dev/null; done
  return 0
}

# start_server PIDFILE LOG COMMAND...: in a session of its own, without input.
start_server() {
  local file=$1 log=$2
  shift 2
  setsid "$@" >>"$log" 2>&1 </dev/null 9>&- & # 9 is the lock below, which a server must not inherit
  pid_record "$file" $!
}

# one_at_a_time NAME: two scripts about the same server wait for each other, at most 5 minutes.
one_at_a_time() {
  mkdir -p "$desks_data"
  exec 9>"$desks_data/$1.lock"
  flock -w 300 9 || die "another script about $1 has held its lock for 5 minutes"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port: one below 32768, so that no outgoing connection takes it.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((10000 + RANDOM % 22000))
    port_is_free "$port" && { printf '%s\n' "$port"; return 0; }
  done
  die "no free port on 127.0.0.1"
}

# wait_http SECONDS PIDFILE CURL_ARGUMENTS...: until the call answers well; fails at once when the server has died.
wait_http() {
  local seconds=$1 file=$2 i
  shift 2
  for ((i = 0; i < seconds * 5; i++)); do
    curl -fsS -o /dev/null --noproxy '*' --max-time 20 "$@" 2>/dev/null && return 0
    pid_alive "$file" >/dev/null || return 1
    sleep 0.2
  done
  return 1
}
