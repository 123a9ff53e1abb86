import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toolPath } from './tools.ts';

const WHERE = `
import json, duckdb, duckdb_extension_aws, duckdb_extension_httpfs
from pathlib import Path
platform = duckdb.execute("pragma platform").fetchone()[0]
found = [next(Path(m.__file__).parent.rglob("*.duckdb_extension")) for m in (duckdb_extension_aws, duckdb_extension_httpfs)]
print(json.dumps({"folder": f"v{duckdb.__version__}/{platform}", "files": [str(file) for file in found]}))
`;

/**
 * Puts the extensions of DuckDB that come as Python packages where `INSTALL` finds them under this HOME, so that nothing
 * is downloaded while dbt runs.
 */
export async function installExtensions(home: string): Promise<void> {
  const python = join(dirname(toolPath('warehouseDbt')), 'python');
  const { folder, files } = JSON.parse(execFileSync(python, ['-c', WHERE], { encoding: 'utf8' }));
  const place = join(home, '.duckdb', 'extensions', folder);
  await mkdir(place, { recursive: true });
  for (const file of files) await symlink(file, join(place, file.split('/').at(-1)));
}
