import type { Rule } from '../policy.ts';
import { memberAttribute, WIDE } from './google-members.ts';

/** A provider of a workload identity pool as Google Cloud should hold it. */
export interface GoogleProvider {
  /** Number of the project. */
  readonly project: string;
  readonly pool: string;
  readonly id: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Attribute and CEL expression, in order. */
  readonly mapping: readonly (readonly [attribute: string, expression: string])[];
  readonly condition: string;
}

/**
 * The subject names one run, for Cloud Audit Logs; ids keep it under the 127 bytes that `sub` can pass. Source: Google
 * Cloud, "Manage workload identity pools and providers", attribute mappings.
 */
const SUBJECT = [
  'google.subject',
  'assertion.repository_id + ":" + assertion.run_id + ":" + assertion.run_attempt',
] as const;

/** The attributes of a provider: the run, and what bindings name the tokens of the rules by. */
export function mappingOf(rules: readonly Rule[]): GoogleProvider['mapping'] {
  const attributes = [WIDE, ...rules.map(memberAttribute)];
  const mapped = attributes.map(({ name, expression }) => [`attribute.${name}`, expression] as const);
  return [...new Map<string, string>([SUBJECT, ...mapped])];
}

/** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<id>`, taken apart. */
export function partsOf(provider: string): Pick<GoogleProvider, 'project' | 'pool' | 'id'> {
  const [, project = '', , , , pool = '', , id = ''] = provider.split('/');
  return { project, pool, id };
}
