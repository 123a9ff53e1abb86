#!/usr/bin/env bash
# An access token of Keycloak for the job that runs this, on standard output; nothing else is printed there.
#
#   REALM=https://keycloak.example/realms/dbt bash token.sh
#
# The job needs `permissions: id-token: write` and the environment of a rule. The realm is the one that
# `dbt-passport policy render keycloak` writes. Needs curl and jq.
set -euo pipefail

assertion=$(
  curl -sSf -G "$ACTIONS_ID_TOKEN_REQUEST_URL" --data-urlencode "audience=$REALM" \
    -H @- <<<"Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" | jq -er .value
)
# The token goes by standard input: arguments are seen by every process of the machine.
answer=$(
  curl -sS "$REALM/protocol/openid-connect/token" --data @- <<BODY
grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=$assertion
BODY
)
if ! token=$(jq -er .access_token <<<"$answer"); then
  jq -r '"Keycloak refused: \(.error): \(.error_description)"' <<<"$answer" >&2
  exit 1
fi
[ -z "${GITHUB_ACTIONS:-}" ] || echo "::add-mask::$token" >&2
echo "$token"
