# shellcheck shell=bash
# Sourced by .ci/lint and .ci/test: runs one step and counts it, in lines that .ci/run adds up.
failed=0

# one NAME SECONDS COMMAND...: shows the step's output only when it fails.
one() {
  local name=$1 seconds=$2 log code start=$SECONDS
  shift 2
  log=$(mktemp)
  timeout --kill-after=10 "$seconds" "$@" >"$log" 2>&1
  code=$?
  if [ $code = 0 ]; then
    echo "ok    $name ($((SECONDS - start)) s)"
    grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" || echo "1 passed, 0 failed"
  else
    cat "$log"
    if [ $code = 124 ] || [ $code = 137 ]; then echo "FAIL  $name: not done after $seconds s"; else echo "FAIL  $name: exit $code"; fi
    grep -qE '^[0-9]+ passed, [1-9][0-9]* failed$' "$log" || echo "0 passed, 1 failed"
    failed=1
  fi
  rm -f "$log"
}

# Ends the script: 0 when every step passed.
finish() {
  exit $failed
}
