import { existsSync, readFileSync } from 'node:fs';
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { splitCompact } from '../../src/identity/compact.ts';
import { signingKey } from '../../src/identity/signing-key.ts';

/**
 * Project Wycheproof's vectors for JWS and JWK against the checks that lie before the claims: spelling,
 * choice of the key, signature. The rules on header and payload are no part of this, for the vectors
 * hold no GitHub token.
 */

const FOLDER = '../shared/peers/wycheproof';
const present = existsSync(FOLDER);

interface Group {
  readonly comment: string;
  readonly public?: JWK | { readonly keys: readonly JWK[] };
  readonly private?: JWK;
  readonly tests: readonly Vector[];
}
interface Vector {
  readonly tcId: number;
  readonly jws: string;
  readonly result: 'valid' | 'invalid';
}

function groups(file: string): readonly Group[] {
  const { testGroups } = JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as { testGroups: Group[] };
  return testGroups;
}

/** Whether the product's own way to a signature accepts the vector. */
async function accepts(jws: string, keys: readonly JWK[]): Promise<boolean> {
  try {
    splitCompact(jws);
    const kid = decodeProtectedHeader(jws).kid ?? 'none';
    const set = { keys: keys.map((key) => ({ kid, ...key })) };
    await compactVerify(jws, await signingKey(kid, 'issuer', async () => set), { algorithms: ['RS256'] });
    return true;
  } catch {
    return false;
  }
}

function algorithm(jws: string): string | undefined {
  try {
    return decodeProtectedHeader(jws).alg;
  } catch {
    return undefined;
  }
}

/** Each vector's verdict by the product, with what it should be: RS256 counts, all else is refused. */
async function verdicts(file: string): Promise<{ tcId: number; accepted: boolean; expected: boolean }[]> {
  const judged = groups(file).flatMap((group) => {
    const keys =
      group.public === undefined ? [] : 'keys' in group.public ? group.public.keys : [group.public];
    return group.tests.map(async ({ tcId, jws, result }) => ({
      tcId,
      accepted: await accepts(jws, keys as readonly JWK[]),
      expected: result === 'valid' && algorithm(jws) === 'RS256',
    }));
  });
  return Promise.all(judged);
}

describe.skipIf(!present)(`Wycheproof${present ? '' : ' (skipped: peer data not present)'}`, () => {
  it('accepts the valid RS256 signatures and refuses all else', async () => {
    const all = await verdicts('json_web_signature_test.json');
    expect(all.filter(({ accepted, expected }) => accepted !== expected)).toEqual([]);
    expect([all.length, all.filter(({ accepted }) => accepted).length]).toEqual([401, 8]);
  });

  it('accepts the sound RS256 keys and refuses weak and foreign ones', async () => {
    const all = await verdicts('json_web_key_test.json');
    expect(all.filter(({ accepted, expected }) => accepted !== expected)).toEqual([]);
    expect([all.length, all.filter(({ accepted }) => accepted).length]).toEqual([26, 1]);
  });

  it('judges the spelling of base64url, here with HS256', async () => {
    const group = groups('json_web_signature_test.json').find(({ comment }) => comment === 'base64');
    const key = await importJWK(group?.private ?? {}, 'HS256');
    const wrong: number[] = [];
    for (const { tcId, jws, result } of group?.tests ?? []) {
      const verdict = await compactVerify(jws, key, { algorithms: ['HS256'] })
        .then(() => splitCompact(jws))
        .then(
          () => true,
          () => false,
        );
      if (verdict !== (result === 'valid')) wrong.push(tcId);
    }
    // 367 and 370 are marked invalid for their padding, but have none: they equal the valid 357 byte for byte.
    // 372 and 373 are marked valid, with a `?` inside the text: refusing them is right (RFC 4648, section 3.3).
    expect(wrong).toEqual([367, 370, 372, 373]);
  });
});
