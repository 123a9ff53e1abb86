/**
 * A Rekor v1 log in memory: real entries of kind `dsse`, a real Merkle tree (RFC 6962), checkpoints and
 * signed entry timestamps. Formats: https://github.com/sigstore/rekor (types/dsse, pkg/util/signed_note).
 */
import { createHash, generateKeyPairSync, sign, verify, X509Certificate } from 'node:crypto';

export interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: object;
}

export interface TransparencyLog {
  readonly publicKey: Buffer;
  readonly logId: Buffer;
  /** Adds a proposed entry; throws when its signature does not verify. */
  add(proposed: unknown): Record<string, LogEntry>;
}

interface Proposed {
  readonly spec: {
    readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] };
  };
}

interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly sig: string }[];
}

export function newTransparencyLog(origin: string, now: () => Date): TransparencyLog {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
  const logId = hash(publicKey);
  const leaves: Buffer[] = [];

  function add(proposed: unknown): Record<string, LogEntry> {
    const body = storedBody(proposed as Proposed);
    const logIndex = leaves.push(hash(Buffer.of(0), body)) - 1;
    const entry = {
      body: body.toString('base64'),
      integratedTime: Math.floor(now().getTime() / 1000),
      logID: logId.toString('hex'),
      logIndex,
    };
    const rootHash = merkleRoot(leaves);
    const verification = {
      // The key order of `entry` is the canonical one.
      signedEntryTimestamp: sign('sha256', Buffer.from(JSON.stringify(entry)), keys.privateKey).toString(
        'base64',
      ),
      inclusionProof: {
        logIndex,
        treeSize: leaves.length,
        rootHash: rootHash.toString('hex'),
        hashes: inclusionPath(logIndex, leaves).map((node) => node.toString('hex')),
        checkpoint: checkpoint(leaves.length, rootHash),
      },
    };
    return { [`${'0'.repeat(16)}${leaves[logIndex]?.toString('hex')}`]: { ...entry, verification } };
  }

  function checkpoint(size: number, rootHash: Buffer): string {
    const note = `${origin}\n${size}\n${rootHash.toString('base64')}\n`;
    const signature = sign('sha256', Buffer.from(note), keys.privateKey);
    const line = Buffer.concat([logId.subarray(0, 4), signature]).toString('base64');
    return `${note}\n\u2014 ${origin} ${line}\n`;
  }

  return { publicKey, logId, add };
}

/** What the log keeps of a DSSE envelope: hashes, the signature and who made it; never the payload. */
function storedBody({ spec }: Proposed): Buffer {
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, payloadType, signatures } = JSON.parse(envelope) as Envelope;
  const verifier = verifiers[0] ?? '';
  const signature = signatures[0]?.sig ?? '';
  const content = Buffer.from(payload, 'base64');
  const encoded = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${content.length} `),
    content,
  ]);
  const { publicKey } = new X509Certificate(Buffer.from(verifier, 'base64'));
  if (!verify('sha256', encoded, publicKey, Buffer.from(signature, 'base64'))) {
    throw new Error('the signature does not verify');
  }
  const sha256 = (data: Buffer) => ({ algorithm: 'sha256', value: hash(data).toString('hex') });
  const kept = {
    envelopeHash: sha256(Buffer.from(envelope)),
    payloadHash: sha256(content),
    signatures: [{ signature, verifier }],
  };
  return Buffer.from(JSON.stringify({ apiVersion: '0.0.1', kind: 'dsse', spec: kept }));
}

function hash(...parts: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

/** RFC 6962 section 2.1; `leaves` are leaf hashes. */
function merkleRoot(leaves: readonly Buffer[]): Buffer {
  const [only, ...more] = leaves;
  if (only === undefined) return hash();
  if (more.length === 0) return only;
  const half = split(leaves.length);
  return hash(Buffer.of(1), merkleRoot(leaves.slice(0, half)), merkleRoot(leaves.slice(half)));
}

/** RFC 6962 section 2.1.1. */
function inclusionPath(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const half = split(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return index < half
    ? [...inclusionPath(index, left), merkleRoot(right)]
    : [...inclusionPath(index - half, right), merkleRoot(left)];
}

/** The largest power of two below the size. */
function split(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}
