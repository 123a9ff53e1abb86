import { resolveGrant } from './grant-kinds.ts';
import { ttlProblem } from './grant-ttl.ts';
import type { PolicyFile } from './schema.ts';

/** A fault of what a policy says of times and reasons, with the place of it. */
interface TermFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Days and instants that do not exist, a review without a day, a life that no cloud can be asked for. */
export function termProblems(file: PolicyFile): readonly TermFault[] {
  return [
    ...instantFault(file.not_after, ['not_after']),
    ...reviewFaults(file, undefined, []),
    ...file.rules.flatMap((rule, index) => {
      const path = ['rules', index];
      return [
        ...reviewFaults(rule, file.last_reviewed, path),
        ...instantFault(rule.break_glass?.expires, [...path, 'break_glass', 'expires']),
        ...ttlFaults(rule, file, path),
      ];
    }),
  ];
}

function reviewFaults(
  written: Pick<PolicyFile, 'last_reviewed' | 'max_age_days'>,
  above: string | undefined,
  path: readonly (string | number)[],
): readonly TermFault[] {
  const { last_reviewed: day, max_age_days: days } = written;
  if (day !== undefined && !exists(`${day}T00:00:00Z`)) {
    return [{ path: [...path, 'last_reviewed'], message: `expected a day that exists, got ${day}` }];
  }
  if (days === undefined || (day ?? above) !== undefined) return [];
  return [{ path: [...path, 'max_age_days'], message: 'max_age_days has no meaning without last_reviewed' }];
}

function instantFault(text: string | undefined, path: readonly (string | number)[]): readonly TermFault[] {
  if (text === undefined || exists(text)) return [];
  return [{ path, message: `expected a date that exists, got ${text}` }];
}

function ttlFaults(
  { max_ttl_seconds: written, grants }: PolicyFile['rules'][number],
  file: PolicyFile,
  path: readonly (string | number)[],
): readonly TermFault[] {
  if (written === undefined) return [];
  return grants.flatMap((name) => {
    const grant = Object.hasOwn(file.grants, name) ? file.grants[name] : undefined;
    const fault = grant && ttlProblem(resolveGrant(grant), Number(written));
    return fault === undefined ? [] : [{ path: [...path, 'max_ttl_seconds'], message: `${name}: ${fault}` }];
  });
}

function exists(instant: string): boolean {
  const date = new Date(instant);
  return !Number.isNaN(date.getTime()) && date.toISOString() === instant.replace('Z', '.000Z');
}
