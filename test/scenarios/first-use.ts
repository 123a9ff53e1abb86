import { setTimeout as sleep } from 'node:timers/promises';
import type { Peers } from '../support/passport.ts';
import type { ActionResult } from '../support/runner.ts';

/**
 * A mask must be printed before the secret's first use. The first use of an ID token is the request for the keys that
 * prove it, or a request to a cloud; while that request waits for its answer, the mask must be there or come. Returns
 * the list in which the offending secrets are put.
 */
export function watchFirstUse(peers: Peers, lines: readonly string[]): readonly string[] {
  const unmasked: string[] = [];
  const seen = new Set<string>();
  const check = async (secret: string) => {
    if (seen.has(secret)) return;
    seen.add(secret);
    const command = `::add-mask::${secret.replaceAll('%', '%25')}`;
    if (!(await appears(command, lines))) unmasked.push(secret);
  };
  peers.issuer.before('/.well-known/jwks', async () => {
    const latest = peers.issuer.issued.at(-1);
    if (latest !== undefined) await check(latest);
  });
  peers.onPresented(check);
  return unmasked;
}

/** Output comes through a pipe, so it may be a little behind the request. */
async function appears(line: string, lines: readonly string[]): Promise<boolean> {
  for (let waited = 0; waited < 500; waited += 10) {
    if (lines.includes(line)) return true;
    await sleep(10);
  }
  return false;
}

/** The secret inputs must be masked before the first line that a person reads. Returns the lines of them that were not. */
export function lateMasks({ call, stdout }: ActionResult): readonly string[] {
  const lines = stdout.split('\n');
  const first = lines.findIndex((line) => !line.startsWith('::add-mask::'));
  const masked = new Set(lines.slice(0, first).map((line) => line.slice('::add-mask::'.length)));
  const secrets = `${call.token}\n${call.inputs?.['signing-key']}`.split('\n');
  return secrets.filter((line) => line.length >= 8 && !line.startsWith('-----') && !masked.has(line));
}
