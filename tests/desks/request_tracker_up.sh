#!/usr/bin/env bash
# request_tracker_up.sh : a real Request Tracker 5 (Debian package, SQLite, no systemd) on 127.0.0.1: made, provisioned
# and started. Run again it answers for the one that is there. Prints KEY=VALUE lines on standard output.
#   RT_PORT  a free one when not set     RT_WORKERS  3
set -u
# shellcheck source-path=SCRIPTDIR source=processes.sh
. "$(dirname "$0")/processes.sh"

here=$desks_data/request_tracker
queue='Access Requests'
root_password=rootpass-1 # test data, on loopback only
one_at_a_time request_tracker
mkdir -p "$here"/{var/log,mason,session,conf.d}

server=/usr/share/request-tracker5/libexec/rt-server
[ -x $server ] || "$project_home/.ci/packages" test || die "Request Tracker is not installed"

if pid_alive "$here/server.pid" >/dev/null; then
  port=$(cat "$here/port")
else
  stop_server "$here/server.pid" 10 # workers that a killed server left behind
  port=${RT_PORT:-$(free_port)}
  port_is_free "$port" || die "port $port is taken by somebody else"
  printf '%s' "$port" >"$here/port"
fi

# RT_SITE_CONFIG replaces the installation's own file, RT_SITE_CONFIG_DIR the snippets beside it; the three paths at the
# end keep caches, sessions and mail out of /var. Cost 4: RT hashes the token in every call.
export RT_SITE_CONFIG=$here/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$here/conf.d
cat >"$RT_SITE_CONFIG" <<C
use utf8;
Set(\$rtname, 'desk.test'); Set(\$Organization, 'desk.test'); Set(\$Timezone, 'UTC');
Set(\$WebDomain, '127.0.0.1'); Set(\$WebPort, $port); Set(\$WebPath, ''); Set(\$WebBaseURL, 'http://127.0.0.1:$port');
Set(\$DatabaseType, 'SQLite'); Set(\$DatabaseName, '$here/rt5.sqlite');
Set(\$MailCommand, 'mbox');
Set(\$HTMLFormatter, 'core');
Set(\$LogToSyslog, ''); Set(\$LogToSTDERR, 'warning');
Set(\$BcryptCost, 4);
\$RT::VarPath = '$here/var'; \$RT::MasonDataDir = '$here/mason'; \$RT::MasonSessionDir = '$here/session';
1;
C

# setup_database WORDS...: RT's own tool; what it says is in setup.log.
setup_database() {
  timeout 300 /usr/sbin/rt-setup-database-5 "$@" </dev/null >>"$here/setup.log" 2>&1 9>&- && return 0
  tail -n 20 "$here/setup.log" >&2
  die "rt-setup-database-5 $2 failed: $here/setup.log"
}

# A database without the mark was only half made: anew.
if [ ! -e "$here/provisioned" ]; then
  say "making the database of Request Tracker"
  rm -f "$here"/rt5.sqlite* "$here"/token.* "$here/setup.log"
  (umask 077 && printf '%s' "$root_password" >"$here/root.password")
  setup_database --action init --root-password-file "$here/root.password"
  export DESK_QUEUE=$queue DESK_FOLDER=$here
  setup_database --action insert --datafile "$desks_home/request_tracker_data.pl"
  [ -s "$here/token.bridge" ] || die "no token was made: $here/setup.log"
  : >"$here/provisioned"
fi

# Starlet is RT's preforking server. End it with TERM: on INT it changes the owner of /var/lib/request-tracker5.
if ! pid_alive "$here/server.pid" >/dev/null; then
  start_server "$here/server.pid" "$here/server.log" \
    $server --server Starlet --host 127.0.0.1 --port "$port" --max-workers "${RT_WORKERS:-3}" --max-reqs-per-child 1000
fi
wait_http 60 "$here/server.pid" -H "Authorization: token $(cat "$here/token.bridge")" "http://127.0.0.1:$port/REST/2.0/rt" ||
  { tail -n 20 "$here/server.log" >&2; die "Request Tracker did not answer in 60 s: $here/server.log"; }

cat <<O
RT_URL=http://127.0.0.1:$port
RT_QUEUE=$queue
RT_USER=bridge
RT_TOKEN_FILE=$here/token.bridge
RT_APPROVER=approver
RT_APPROVER_TOKEN_FILE=$here/token.approver
RT_WEBHOOK_URL_FILE=$here/var/webhook.url
RT_WEBHOOK_SECRET_FILE=$here/var/webhook.secret
RT_LOG=$here/server.log
O
