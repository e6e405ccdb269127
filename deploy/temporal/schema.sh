#!/bin/sh
# Makes both databases of Temporal and brings their schemas up to date. Safe to repeat; every start of the compose file does.
# Reads SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, as temporal-sql-tool itself does.
set -eu

schema() {
  temporal-sql-tool --database "$1" create-database
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  # The schemas lie inside the tool, so they are those of its own version.
  temporal-sql-tool --database "$1" update-schema --schema-name "postgresql/v12/$2"
}

schema temporal temporal
schema temporal_visibility visibility
echo 'Both schemas are up to date.'
