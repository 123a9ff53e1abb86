import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateFiles } from '../credentials/desk.ts';
import type { Vault } from '../ports.ts';
import { startBroker } from './broker.ts';
import { type PrivateFolder, privateFolder } from './private-folder.ts';
import { snowflakeRelay } from './snowflake-relay.ts';

/** A private folder and a broker, both gone when it is closed. */
export async function openVault(tempDir: string): Promise<Vault> {
  const folder = await privateFolder(tempDir);
  const broker = startBroker();
  return {
    broker,
    snowflakeRelay,
    files: privateFiles(folder),
    close: async () => {
      await broker.close();
      await folder.remove();
    },
  };
}

function privateFiles(folder: PrivateFolder): PrivateFiles {
  return {
    write: async (name, content) => {
      const path = join(folder.path, name);
      const text = typeof content === 'string' ? content : content.reveal();
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
      return path;
    },
  };
}
