#!/usr/bin/env bash
# request_tracker_down.sh [--purge] : stops what request_tracker_up.sh started; --purge also removes all its data.
set -u
# shellcheck source-path=SCRIPTDIR source=processes.sh
. "$(dirname "$0")/processes.sh"
one_at_a_time request_tracker
stop_server "$desks_data/request_tracker/server.pid" 15
[ "${1:-}" != --purge ] || rm -rf "$desks_data/request_tracker"
