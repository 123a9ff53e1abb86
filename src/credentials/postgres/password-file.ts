import type { PostgresGrant } from '../../policy/grant-types.ts';
import { Secret } from '../../secret.ts';
import type { Desk } from '../desk.ts';
import type { Issued } from '../issued.ts';
import type { Lease } from '../lease.ts';

/** Milliseconds; nothing is written more often, and a renewal that failed is tried again after as long. */
const SHORTEST_MS = 1_000;
/** After half of the life is over, by any clock. */
const JUST_AFTER_MS = 100;

/** A file that libpq reads at each connect, with a password that lives as long as the file is kept. */
export interface PasswordFile {
  readonly path: string;
  /** Ends the renewals. Never throws. */
  close(): Promise<void>;
}

/** Writes the password now, and a new one whenever half of its life is over. */
export async function keepPasswordFile(
  grant: PostgresGrant,
  lease: Lease<Secret>,
  { files, timing, warn, explain = String }: Pick<Desk, 'files' | 'timing' | 'warn' | 'explain'>,
): Promise<PasswordFile> {
  const write = async (password: Issued<Secret>) => {
    const path = await files.write('pgpass', passwordLine(grant, password.value));
    const half = (password.expiresAt.getTime() - timing.now().getTime()) / 2;
    return { path, wait: Math.max(SHORTEST_MS, half + JUST_AFTER_MS) };
  };
  const first = await write(await lease.current());

  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let open = true;
  let failing = false;
  const rewrite = async () => {
    try {
      const { wait } = await write(await lease.current());
      failing = false;
      if (open) schedule(wait);
    } catch (error) {
      // What was written last stays; when it ends, the server refuses it without a reason, so the reason is told here.
      if (open && !failing) warn?.(`No new password for the database: ${explain(error)}`);
      failing = true;
      if (open) schedule(SHORTEST_MS);
    }
  };
  const schedule = (wait: number) => {
    timer = setTimeout(() => {
      writing = rewrite();
    }, wait);
    timer.unref();
  };
  schedule(first.wait);
  return {
    path: first.path,
    close: async () => {
      open = false;
      clearTimeout(timer);
      await writing;
    },
  };
}

/** `host:port:database:user:password`, where `:` and `\` are escaped. Source: libpq, The Password File. */
export function passwordLine({ host, port, database, user }: PostgresGrant, password: Secret): Secret {
  const fields = [host, String(port), database, user, password.reveal()];
  return new Secret(`${fields.map((field) => field.replace(/[\\:]/g, '\\$&')).join(':')}\n`);
}
