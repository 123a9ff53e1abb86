import { sha256 } from '../sha256.ts';
import { consistencyProblems } from './consistency.ts';
import { parsePolicyDocument } from './document.ts';
import type { LoadedPolicy, Policy } from './policy.ts';
import { policyInvalid } from './problem.ts';
import { resolvePolicy } from './resolve.ts';
import { readShape } from './shape.ts';
import { sourceText } from './source-text.ts';

export interface LoadOptions {
  /** Accept an http issuer on 127.0.0.1; for tests and the demo only. */
  readonly allowLoopbackIssuer?: boolean;
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
  const policy = readPolicy(bytes, source, options);
  return { policy, source, sha256: await sha256(bytes), bytes };
}

function readPolicy(bytes: Uint8Array, source: string, options: LoadOptions): Policy {
  const read = sourceText(bytes);
  if ('problem' in read) throw policyInvalid(source, [read.problem]);
  const document = parsePolicyDocument(read.text);
  if ('problems' in document) throw policyInvalid(source, document.problems);
  const shape = readShape(document);
  if ('problems' in shape) throw policyInvalid(source, shape.problems);
  const problems = consistencyProblems(shape.file, document, options.allowLoopbackIssuer ?? false);
  if (problems.length > 0) throw policyInvalid(source, problems);
  return resolvePolicy(shape.file, document);
}
