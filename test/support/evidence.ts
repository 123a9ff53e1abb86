/** Whole artifacts for the verifier: records, the files they lead to, and the signed bundle over them. */
import { generateKeyPairSync } from 'node:crypto';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { BUNDLE_NAME } from '../../src/evidence/bundle.ts';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import { buildStatement } from '../../src/evidence/statement.ts';
import { peopleInToken } from '../../src/identity/people.ts';
import type { Signer } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';
import { sha256 } from '../../src/sha256.ts';
import { ALLOWED, identity, loadedPolicy, succeededRecord } from './records.ts';

export type Files = Map<string, Uint8Array>;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (content: Uint8Array | undefined): string => new TextDecoder().decode(content);

export interface TestKey {
  readonly secret: Secret;
  readonly publicPem: string;
}

export function p256Key(): TestKey {
  return testKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
}

export function ed25519Key(): TestKey {
  return testKey(generateKeyPairSync('ed25519'));
}

function testKey(pair: ReturnType<typeof generateKeyPairSync>): TestKey {
  return {
    secret: new Secret(String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))),
    publicPem: String(pair.publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

/** The record of a run that succeeded, with a policy whose digest is true and one lineage event. */
export async function trueRecord(claims: Readonly<Record<string, unknown>> = {}): Promise<EvidenceRecord> {
  const policy = loadedPolicy();
  const policySha256 = await sha256(policy.bytes);
  const record = succeededRecord();
  record.keep('policy', { ...policy, sha256: policySha256 });
  record.keep('decision', { ...ALLOWED, policySha256 });
  record.keep('people', peopleInToken(record.keep('identity', identity(claims)).claims));
  record.keep('events', [{ eventType: 'COMPLETE' }]);
  return record;
}

/** The files of a record as the artifact has them, in the fewest bytes that are true. */
export function filesOf(record: EvidenceRecord): Files {
  const { policy, decision, events, runs } = record.facts;
  const files: Files = new Map([['report.html', bytes('<!doctype html>')]]);
  if (policy !== undefined) files.set('policy.yml', policy.bytes);
  if (decision !== undefined) files.set('decision.json', bytes(JSON.stringify(decision)));
  if (events !== undefined)
    files.set('lineage.ndjson', bytes(events.map((e) => `${JSON.stringify(e)}\n`).join('')));
  for (const [index, run] of (runs ?? []).entries()) {
    if (run.artifacts === null) continue;
    const metadata = { invocation_id: run.invocation.invocationId };
    const { which, results, unexecuted } = run.artifacts.runResults ?? { results: [], unexecuted: [] };
    const rows = [
      ...results.map(({ uniqueId, raw }) => ({ unique_id: uniqueId, status: raw })),
      ...unexecuted.map((uniqueId) => ({ unique_id: uniqueId, status: 'success' })),
    ];
    const folder = `dbt/${index + 1}-${run.invocation.command.name}`;
    files.set(`${folder}/manifest.json`, bytes(JSON.stringify({ metadata })));
    files.set(
      `${folder}/run_results.json`,
      bytes(JSON.stringify({ metadata, results: rows, args: { which } })),
    );
  }
  return files;
}

/** Signs the record over these files and adds the bundle to a copy of them. */
export async function sealed(
  record: EvidenceRecord,
  signer: Signer,
  files = filesOf(record),
): Promise<Files> {
  const statement = await buildStatement(buildPredicate(record), files);
  return new Map([...files, [BUNDLE_NAME, bytes((await signer(statement)).bundle)]]);
}

/** Signs a statement that the product itself would never write. */
export async function sealedText(statement: string, signer: Signer, files: Files): Promise<Files> {
  return new Map([...files, [BUNDLE_NAME, bytes((await signer(bytes(statement))).bundle)]]);
}
