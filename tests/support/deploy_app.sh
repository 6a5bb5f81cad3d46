#!/usr/bin/env bash
# deploy_app.sh PLACE VERSION [FAULT]: replaces the sample application that runs from PLACE (app.pid, port)
# by this version of it, on the same port, with this fault (src/faults.mjs). Wants DATABASE_URL and JWT_SECRET.
set -euo pipefail
place=$1
version=$2
export SAMPLE_APP_CONTROL=${3:+1}
app=$(cd "$(dirname "$0")/sample-app" && pwd)

if [[ -e $place/app.pid ]]; then
    kill "$(<"$place/app.pid")" 2>/dev/null || true
    for _ in $(seq 50); do
        kill -0 "$(<"$place/app.pid")" 2>/dev/null || break
        sleep 0.1
    done
fi
port=0
[[ ! -e $place/port ]] || port=$(<"$place/port")
rm -f "$place/port.new"
PORT=$port PORT_FILE=$place/port.new APP_VERSION=$version LOG_FILE=$place/app.log \
    nohup setsid node "$app/server.mjs" >"$place/app.out" 2>&1 </dev/null &
echo $! >"$place/app.pid"
for _ in $(seq 100); do
    [[ -s $place/port.new ]] && break
    sleep 0.1
done
cp "$place/port.new" "$place/port"
if [[ -n ${3:-} ]]; then
    curl -fsS -X PUT -H 'content-type: application/json' -d "{\"fault\":\"$3\"}" -o /dev/null \
        "http://127.0.0.1:$(<"$place/port")/__control"
fi
echo "version $version listens on port $(<"$place/port")"
