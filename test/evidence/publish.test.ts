import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import { BUNDLE_NAME, STATEMENT_NAME } from '../../src/evidence/bundle.ts';
import { publish } from '../../src/evidence/publish.ts';
import { parseStatement } from '../../src/evidence/statement.ts';
import { checkSubjects } from '../../src/evidence/subjects.ts';
import type { SignerSource } from '../../src/ports.ts';
import { type Files, trueRecord } from '../support/evidence.ts';

/** What is written and uploaded with this signer. */
async function published(signer: SignerSource | null) {
  const written: Files = new Map();
  let uploaded: readonly string[] = [];
  const result = await publish(
    await trueRecord(),
    [],
    { name: 'evidence' },
    {
      evidenceFolder: async () => ({
        path: '/e',
        write: async (name, bytes) => void written.set(name, bytes),
      }),
      signer,
      artifacts: async ({ files }) => {
        uploaded = files;
        return { id: '1', url: '', digest: '' };
      },
    },
  );
  expect([...uploaded].sort()).toEqual([...written.keys()].sort());
  return { ...result, written };
}

describe('the last file of the evidence', () => {
  it('is the signature', async () => {
    const { written, errors, signer } = await published(() => async () => ({
      bundle: '{}',
      signer: { mode: 'key', identity: 'SHA256:a' },
    }));
    expect([...written.keys()].at(-1)).toBe(BUNDLE_NAME);
    expect(written.has(STATEMENT_NAME)).toBe(false);
    expect([errors, signer?.identity]).toEqual([[], 'SHA256:a']);
  });

  it('is the statement itself, over all the others, when another job signs', async () => {
    const { written, errors, signer } = await published(null);
    expect([errors, signer]).toEqual([[], null]);
    expect(written.has(BUNDLE_NAME)).toBe(false);
    const statement = written.get(STATEMENT_NAME);
    const files = new Map([...written].filter(([name]) => name !== STATEMENT_NAME));
    const { subject } = parseStatement(statement ?? new Uint8Array());
    expect(await checkSubjects(subject, files)).toBe(`${files.size} files are as signed`);
    expect(subject.length).toBe(files.size);
  });

  it('is neither when signing fails: nobody is told to sign later', async () => {
    const { written, errors } = await published(() => async () => {
      throw new PassportError('ERR_SIGN_FAILED', 'no answer');
    });
    expect([written.has(BUNDLE_NAME), written.has(STATEMENT_NAME)]).toEqual([false, false]);
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_SIGN_FAILED' })]);
  });
});
