import type { PolicyReason, Problem } from '../problem.ts';
import type { LintCode } from './codes.ts';

/** What the loader refuses, as codes: the reason alone says it, unless the place in the file says more. */
const BY_REASON: Readonly<Record<PolicyReason, LintCode>> = {
  POLICY_SIZE: 'E13',
  POLICY_CHARSET: 'E13',
  POLICY_DEPTH: 'E13',
  POLICY_SYNTAX: 'E13',
  POLICY_MULTI: 'E13',
  POLICY_ALIAS: 'E13',
  POLICY_TAG: 'E13',
  POLICY_KEY: 'E13',
  POLICY_DUPLICATE: 'E13',
  POLICY_EMPTY: 'E21',
  POLICY_MISSING_KEY: 'E21',
  POLICY_UNKNOWN_KEY: 'E18',
  POLICY_ID: 'E22',
  POLICY_VALUE: 'E22',
  POLICY_REFERENCE: 'E23',
  POLICY_ISSUER: 'E15',
  POLICY_REF_REQUIRED: 'E04',
};

interface Place {
  /** The path with dots, indices as `0`. */
  readonly path: RegExp;
  readonly code: LintCode;
  /** Absent: every reason. */
  readonly reasons?: readonly PolicyReason[];
  readonly looksLike?: Problem['looksLike'];
}

const PLACES: readonly Place[] = [
  { path: /^repositories\.[^.]+\.repository_(owner_)?id$/, code: 'E03' },
  { path: /^(repositories|rules\.\d+\.repository)\b/, code: 'E01', looksLike: 'wildcard' },
  { path: /^rules\.\d+\.(sub|subject)$/, code: 'E02', reasons: ['POLICY_UNKNOWN_KEY'] },
  {
    path: /^rules\.\d+\.(workflow|workflow_ref|actor|head_ref|base_ref)$/,
    code: 'E11',
    reasons: ['POLICY_UNKNOWN_KEY'],
  },
  { path: /^rules\.\d+\.event_name\b/, code: 'E05', looksLike: 'event' },
  { path: /^rules\.\d+\.environment$/, code: 'E08', reasons: ['POLICY_MISSING_KEY', 'POLICY_EMPTY'] },
  { path: /^rules\.\d+\.job_workflow\.(path|sha|ref|branch|tag)\b/, code: 'E10' },
  { path: /^rules\.\d+\.max_ttl_seconds$/, code: 'E25' },
  { path: /^issuer$/, code: 'E15', reasons: ['POLICY_VALUE'] },
  { path: /^rules\.\d+\.dbt\.(within|never)\.\d+$/, code: 'E20', reasons: ['POLICY_VALUE'] },
  { path: /./, code: 'E14', looksLike: 'pattern' },
];

/** The code for a fault that the loader has found. */
export function codeOf({ reason, path = [], looksLike }: Problem): LintCode {
  const text = path.join('.');
  const place = PLACES.find(
    (candidate) =>
      candidate.path.test(text) &&
      (candidate.reasons?.includes(reason) ?? true) &&
      (candidate.looksLike === undefined || candidate.looksLike === looksLike),
  );
  return place?.code ?? BY_REASON[reason];
}
