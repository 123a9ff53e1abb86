import { sha256 } from '../sha256.ts';
import { consistencyProblems } from './consistency.ts';
import { type PolicyDocument, parsePolicyDocument } from './document.ts';
import type { LoadedPolicy, Policy } from './policy.ts';
import { type Problem, policyInvalid } from './problem.ts';
import { resolvePolicy } from './resolve.ts';
import { readShape } from './shape.ts';
import { sourceText } from './source-text.ts';

export interface LoadOptions {
  /** Accept an http issuer on 127.0.0.1; for tests and the demo only. */
  readonly allowLoopbackIssuer?: boolean;
  /** Bytes that a policy may have, 256 KiB unless given; for measurements only. */
  readonly largest?: number;
}

/**
 * Reads a policy strictly: bytes, then YAML, then the closed schema, then names; each step reports all
 * that it found, by `file:line:column`, as one ERR_POLICY_INVALID.
 * `source` is shown in messages and kept in the decision. The digest is over the bytes as they came.
 */
export async function loadPolicy(
  bytes: Uint8Array,
  source: string,
  options: LoadOptions = {},
): Promise<LoadedPolicy> {
  const read = readPolicy(bytes, options);
  if ('problems' in read) throw policyInvalid(source, read.problems);
  return { policy: read.policy, source, sha256: await sha256(bytes), bytes };
}

/** A policy with the text that it stands in. */
interface ReadPolicy {
  readonly policy: Policy;
  readonly document: PolicyDocument;
}

/** The policy, or everything that the first step which fails has found. */
export function readPolicy(
  bytes: Uint8Array,
  { allowLoopbackIssuer = false, largest }: LoadOptions = {},
): ReadPolicy | { readonly problems: readonly Problem[] } {
  const read = sourceText(bytes, largest);
  if ('problem' in read) return { problems: [read.problem] };
  const document = parsePolicyDocument(read.text);
  if ('problems' in document) return document;
  const shape = readShape(document);
  if ('problems' in shape) return shape;
  const problems = consistencyProblems(shape.file, document, allowLoopbackIssuer);
  return problems.length > 0 ? { problems } : { policy: resolvePolicy(shape.file, document), document };
}
