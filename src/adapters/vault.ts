import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SnowflakeRelay } from '../credentials/broker.ts';
import type { PrivateFiles } from '../credentials/desk.ts';
import type { Vault } from '../ports.ts';
import { startBroker } from './broker.ts';
import { type PrivateFolder, privateFolder } from './private-folder.ts';
import { snowflakeRelay } from './snowflake-relay.ts';

type Close = () => Promise<void>;

/**
 * A private folder, a broker and relays, all gone when it is closed. `complain` is told what could not be
 * removed; the post step tries again.
 */
export async function openVault(tempDir: string, complain: (problem: string) => void): Promise<Vault> {
  const folder = await privateFolder(tempDir);
  const broker = startBroker();
  const relays = relaysWith(snowflakeRelay);
  return {
    broker,
    snowflakeRelay: relays.open,
    files: privateFiles(folder),
    close: async () => {
      // Nothing is handed out any more while the rest is put away.
      for (const close of [broker.close, relays.close, folder.remove]) {
        await close().catch((error: unknown) => complain(String(error)));
      }
    },
  };
}

/** Relays that are closed with the vault, also when the route that opened one never came to its end. */
export function relaysWith(relay: SnowflakeRelay): { readonly open: SnowflakeRelay; readonly close: Close } {
  const closes: Close[] = [];
  let closed = false;
  return {
    open: async (options) => {
      const opened = await relay(options);
      let closing: Promise<void> | undefined;
      const close = () => (closing ??= opened.close());
      closes.push(close);
      if (closed) await close();
      return { port: opened.port, close };
    },
    close: async () => {
      closed = true;
      for (const close of closes) await close();
    },
  };
}

function privateFiles(folder: PrivateFolder): PrivateFiles {
  return {
    write: async (name, content) => {
      const path = join(folder.path, basename(name));
      const text = typeof content === 'string' ? content : content.reveal();
      // A reader sees the old file or the new one, and two writers do not mix.
      const draft = `${path}.${randomUUID()}`;
      await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
      await rename(draft, path);
      return path;
    },
  };
}
