import { asPassportError, PassportError } from '../errors.ts';
import { shownClaim } from '../identity/claims.ts';
import type { Ports, SignerFact, SignerSource, StoredArtifact } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { buildPredicate } from './build-predicate.ts';
import { BUNDLE_NAME, STATEMENT_NAME } from './bundle.ts';
import { evidenceFiles } from './files.ts';
import type { EvidenceRecord } from './record.ts';
import { refuseSecrets } from './secret-scan.ts';
import { buildStatement } from './statement.ts';

export interface Published {
  readonly folder: string;
  readonly signer: SignerFact | null;
  /** Null when it could not be stored, or where the server stores none. */
  readonly artifact: StoredArtifact | null;
  /** What went wrong after the evidence was written; what could still be done was done. */
  readonly errors: readonly unknown[];
}

/**
 * Writes, signs and uploads the evidence. A failing signature does not stop the upload (an unsigned
 * record is refused by `verify`, but is not lost); a file that holds an issued secret stops everything. Where
 * another job signs, the statement itself lies in the signature's place.
 */
export async function publish(
  record: EvidenceRecord,
  issued: readonly Secret[],
  upload: { readonly name: string; readonly retentionDays?: number },
  ports: Pick<Ports, 'evidenceFolder' | 'signer' | 'artifacts'>,
): Promise<Published> {
  const files = await evidenceFiles(record);
  const statement = await buildStatement(buildPredicate(record), files);
  await refuseSecrets(new Map([...files, ['the signed statement', statement]]), issued);
  const folder = await ports.evidenceFolder();
  for (const [name, bytes] of files) await folder.write(name, bytes);

  const errors: unknown[] = [];
  const attempt = <T>(work: Promise<T>) =>
    work.catch((error: unknown) => {
      errors.push(error);
      return null;
    });

  const signed = ports.signer === null ? null : await attempt(sign(record, statement, ports.signer));
  const last = new Map<string, Uint8Array>();
  if (signed !== null) last.set(BUNDLE_NAME, new TextEncoder().encode(signed.bundle));
  if (ports.signer === null) last.set(STATEMENT_NAME, statement);
  for (const [name, bytes] of last) await folder.write(name, bytes);

  const names = [...files.keys(), ...last.keys()];
  const artifact = await attempt(ports.artifacts({ ...upload, folder: folder.path, files: names }));
  return { folder: folder.path, signer: signed?.signer ?? null, artifact, errors };
}

/** Whatever keeps the signature from being made, the record stays unsigned: that is what the reader must know. */
async function sign({ facts }: EvidenceRecord, statement: Uint8Array, signer: SignerSource) {
  const visibility =
    facts.identity === undefined ? '' : shownClaim(facts.identity.claims, 'repository_visibility');
  try {
    return await signer({ visibility, issuer: facts.policy?.policy.issuer ?? '' })(statement);
  } catch (thrown) {
    const { code, message, hint, reason } = asPassportError(thrown);
    if (code === 'ERR_SIGN_FAILED') throw thrown;
    const details = { cause: thrown, ...(hint && { hint }), ...(reason && { reason }) };
    throw new PassportError('ERR_SIGN_FAILED', `the evidence is not signed: ${message}`, details);
  }
}
