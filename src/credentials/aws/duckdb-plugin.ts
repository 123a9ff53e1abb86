/** Names the folder of the plugin; profiles.yml refers to it. */
export const DUCKDB_PLUGIN_FOLDER = 'DBT_PASSPORT_DUCKDB_PLUGINS';
/** The module's name for Python. */
export const DUCKDB_PLUGIN = 'dbt_passport_s3';

/** A renewal costs DuckDB some 50 ms, so nodes that start at once share one. */
const LONGEST_SECONDS = 60;

/**
 * A plugin of dbt-duckdb that takes the credentials for S3 anew where a node starts. DuckDB itself takes new ones only
 * when it opens a file for reading (`REFRESH auto`): a write, or a list of files, with an expired session fails.
 * Source: dbt-duckdb, plugins; duckdb-aws 1.5, credential_chain.
 */
export function duckDbPlugin(lifeSeconds: number): string {
  const seconds = Math.min(LONGEST_SECONDS, Math.max(1, Math.floor(lifeSeconds / 8)));
  return `import threading
import time

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    lock = threading.Lock()

    def initialize(self, config):
        self.renewed = time.monotonic()

    def configure_cursor(self, cursor):
        with self.lock:
            if time.monotonic() - self.renewed < ${seconds}:
                return
            try:
                for sql in self.creds.secrets_sql():
                    cursor.execute(sql)
            except duckdb.TransactionException:
                return  # a node that reads is renewing it at this moment
            self.renewed = time.monotonic()
`;
}
