#!/bin/sh
# Makes the namespace if it is not there. Safe to repeat; every start of the compose file does.
# Reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, as the temporal command itself does.
set -eu

# As long as a resolved issue waits for its regression (settings.linger).
retention=90d
# A server that has just opened its port takes some seconds to find itself.
tries=60
pause=2

try=1
until temporal operator cluster health; do
  if [ "$try" -ge "$tries" ]; then
    echo "Temporal at $TEMPORAL_ADDRESS is not healthy after $tries tries." >&2
    exit 1
  fi
  try=$((try + 1))
  sleep "$pause"
done

# A longer retention, which a person must have set, is left alone.
if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  echo "The namespace $TEMPORAL_NAMESPACE is there."
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
fi
