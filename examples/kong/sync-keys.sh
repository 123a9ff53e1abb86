#!/usr/bin/env bash
# Brings the issuer's present keys and the policy into Kong. Run it on a schedule: Kong fetches no keys.
#
#   POLICY=policies/dbt.yml AUDIENCE=kong.acme UPSTREAM=http://dbt-runner.internal:8080 bash sync-keys.sh
#
# Needs curl, dbt-passport and decK, and what decK needs to reach Kong (DECK_KONG_ADDR). Nothing is loaded when one step fails.
set -euo pipefail

issuer=${ISSUER:-https://token.actions.githubusercontent.com}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

curl -sSf --proto =https "$issuer/.well-known/jwks" -o "$work/jwks.json"
dbt-passport policy render kong "$POLICY" --audience "$AUDIENCE" --upstream "$UPSTREAM" \
  --jwks "$work/jwks.json" --bind kid --out "$work"
deck file validate "$work/kong.yaml"
deck gateway sync --select-tag dbt-passport "$work/kong.yaml"
