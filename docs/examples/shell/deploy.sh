#!/usr/bin/env bash
# The deployment in seven stages, on any machine:
#
#   DATABASE_URL=… BACKUP_DIR=/var/backups/shop API_BASE=https://staging.example.com \
#   MIGRATIONS_DIR=prisma/migrations DEPLOY_COMMAND='./deploy-app.sh 2.0.0' deploy.sh staging
#
# Optional: MORE_MIGRATIONS (a second folder), TEST_COMMAND, TEST_REPORT, HEALTH_URL, SMOKE_SUITE,
# MONITOR_FOR (such as 15m), LINKS=yes, REHEARSE=yes, PREFLIGHT=no, SLACK_WEBHOOK_URL,
# SKIP_TESTS_REASON with SKIP_TESTS_APPROVED_BY. The records are in slipway-out (SLIPWAY_DIR).
# The exit code is that of the stage that stopped it; the report is written in any case.
set -euo pipefail

export SLIPWAY_ENVIRONMENT=${1:?usage: deploy.sh ENVIRONMENT}
export SLIPWAY_DIR=${SLIPWAY_DIR:-slipway-out}
# Every deployment is a run of its own; to go on with an earlier one, give its id.
export SLIPWAY_RUN_ID=${SLIPWAY_RUN_ID:-$(date -u +%Y%m%dT%H%M%SZ)-$$}
: "${DATABASE_URL:?the database}" "${BACKUP_DIR:?a folder for the backups}" "${MIGRATIONS_DIR:?the folder of migrations}"
API_BASE=${API_BASE:-}
HEALTH_URL=${HEALTH_URL:-${API_BASE:+$API_BASE/health}}
export API_BASE HEALTH_URL

tool() { "${SLIPWAY_BIN:+$SLIPWAY_BIN/}$1" "${@:2}"; }
stage() { printf '\n== %s\n' "$*" >&2; }

validation() {
    stage 1 validation
    tell_slack start
    [[ ${PREFLIGHT:-yes} == no ]] || tool preflight
    tool migrate-apply plan
    [[ -z ${MORE_MIGRATIONS:-} ]] ||
        tool migrate-apply plan --dir "$MORE_MIGRATIONS" --output "$SLIPWAY_DIR/more-migrate-apply-plan.json"
    if [[ ${REHEARSE:-no} == yes ]]; then
        tool migrate-apply --dry-run
        [[ -z ${MORE_MIGRATIONS:-} ]] ||
            tool migrate-apply --dry-run=rollback --dir "$MORE_MIGRATIONS" --output "$SLIPWAY_DIR/more-migrate-apply-dry-run.json"
    fi
}

run_tests() {
    stage 2 tests
    if [[ -n ${SKIP_TESTS_REASON:-} ]]; then
        if [[ -z ${SKIP_TESTS_APPROVED_BY:-} ]]; then
            echo "SKIP_TESTS_REASON wants SKIP_TESTS_APPROVED_BY: who agreed to deploy without tests" >&2
            return 4
        fi
        echo "tests skipped, agreed by $SKIP_TESTS_APPROVED_BY: $SKIP_TESTS_REASON" >&2
    elif [[ -n ${TEST_COMMAND:-} ]]; then
        # The tests have a database of their own; that of the deployment is none of their business.
        env -u DATABASE_URL "${SLIPWAY_BIN:+$SLIPWAY_BIN/}test-run" \
            --report "${TEST_REPORT:?the JUnit report that the tests write}" -- bash -euo pipefail -c "$TEST_COMMAND"
    else
        echo "this deployment names no tests" >&2
    fi
}

backup() {
    stage 3 backup
    tool db-backup
}

migration() {
    stage 4 migration
    tool migrate-apply --input "$SLIPWAY_DIR" --require-backup --yes
    [[ -z ${MORE_MIGRATIONS:-} ]] ||
        tool migrate-apply --dir "$MORE_MIGRATIONS" --input "$SLIPWAY_DIR" --require-backup --yes \
            --output "$SLIPWAY_DIR/more-migrate-apply.json"
    [[ ${LINKS:-no} == no ]] || tool links-migrate --input "$SLIPWAY_DIR" --yes
}

application() {
    stage 5 application
    [[ -z ${DEPLOY_COMMAND:-} ]] || bash -euo pipefail -c "$DEPLOY_COMMAND"
    [[ -z $HEALTH_URL ]] ||
        tool health-check --wait "${HEALTH_WAIT:-2m}" --output "$SLIPWAY_DIR/health-check-application.json"
}

post_validation() {
    stage 6 post-validation
    local folders=(--migrations "$MIGRATIONS_DIR")
    [[ -z ${MORE_MIGRATIONS:-} ]] || folders+=(--migrations "$MORE_MIGRATIONS")
    tool health-check postgres "${folders[@]}"
    [[ ${LINKS:-no} == no ]] || tool links-migrate verify
    # After the others: a suite that tries the rate limit leaves it used up.
    [[ -z ${SMOKE_SUITE:-} ]] || tool smoke-http "$SMOKE_SUITE"
    [[ -z ${MONITOR_FOR:-} ]] || tool monitor --for "$MONITOR_FOR" ${HEALTH_URL:+--url "$HEALTH_URL"}
}

tell_slack() { # tell_slack EVENT [RECORD…]: where Slack is set up
    [[ -n ${SLACK_WEBHOOK_URL:-} ]] || return 0
    tool slack-notify --on "$@"
}

notification() { # runs in any case; the exit code stays that of the deployment
    local code=$? report=0 verdict=success
    trap - EXIT
    set +e
    ((code == 0)) || verdict=failure
    stage 7 notification
    # What the records advise is a part of the report.
    ((code == 0)) || tool rollback decide --input "$SLIPWAY_DIR"
    tool report-render --strict --format md,html,junit --out "$SLIPWAY_DIR" \
        --title "Deployment to $SLIPWAY_ENVIRONMENT: $verdict" "$SLIPWAY_DIR" || report=$?
    ((report == 0)) || verdict=failure
    ((code)) || code=$report
    [[ $verdict == failure ]] || verdict=auto # success or warning, as the records say
    tell_slack "$verdict" "$SLIPWAY_DIR"
    exit "$code"
}

trap notification EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
validation
run_tests
backup
migration
application
post_validation
