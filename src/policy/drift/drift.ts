import { PassportError } from '../../errors.ts';
import type { LoadedPolicy } from '../policy.ts';
import type { TrustOptions } from '../trust/capability.ts';
import type { Target } from '../trust/model.ts';
import { refuseOverlap } from '../trust/overlap.ts';
import { principalsOf } from '../trust/principals.ts';
import { type Comparison, compareBoxes } from './compare.ts';
import type { Deployed, DeployedFile, Expected, Fault } from './deployed.ts';
import { expectedOf } from './expected.ts';
import { READERS } from './readers.ts';

/**
 * `wider`: takes a token that the policy does not allow; `narrower`: refuses one that it allows; `different`: both;
 * `unknown`: not all of it is understood, which counts as wider.
 */
export type DriftResult =
  | 'same'
  | 'wider'
  | 'narrower'
  | 'different'
  | 'unknown'
  | 'missing'
  | 'unknown-principal';

export interface PrincipalDrift extends Comparison {
  readonly principal: string;
  readonly result: DriftResult;
  /** Files that tell of it. */
  readonly files: readonly string[];
  /** Rules of the policy that lead to it, and the line of the first. */
  readonly rules: readonly string[];
  readonly line?: number;
  /** What was not understood, or what stands beside the trust. */
  readonly notes: readonly string[];
}

export interface DriftReport {
  readonly target: Target;
  /** The policy, as it was named. */
  readonly source: string;
  readonly principals: readonly PrincipalDrift[];
  readonly faults: readonly Fault[];
}

/** More files than this are not one target's. */
const FILES = 1000;

/**
 * Compares deployed trust, in files as each cloud's own command prints them (see DOWNLOADS), with what the policy renders.
 * Pure; the files are foreign. Throws ERR_INPUT_INVALID when there is no file, or no audience that a target needs;
 * ERR_POLICY_INVALID when two rules hold for one token, as such a policy is not rendered.
 */
export function driftOf(
  { policy, source }: LoadedPolicy,
  target: Target,
  files: readonly DeployedFile[],
  options: TrustOptions = {},
): DriftReport {
  if (files.length === 0 || files.length > FILES) {
    throw new PassportError(
      'ERR_INPUT_INVALID',
      `expected 1 to ${FILES} files of what is deployed, got ${files.length}`,
      {
        hint: 'Download them with the commands that the help of policy drift shows.',
      },
    );
  }
  refuseOverlap(policy);
  const principals = principalsOf(policy, target, options);
  const { deployed, faults } = READERS[target](files, { policy, principals, options });
  const wanted = expectedOf(target, principals);
  const known = wanted.map((expected) =>
    driftFor(
      expected,
      deployed.filter(({ principal }) => principal === expected.principal),
    ),
  );
  const names = new Set(wanted.map(({ principal }) => principal));
  const strangers = [
    ...Map.groupBy(
      deployed.filter(({ principal }) => !names.has(principal)),
      ({ principal }) => principal,
    ),
  ];
  return {
    target,
    source,
    principals: [...known, ...strangers.map(([name, own]) => strangerOf(name, own))],
    faults,
  };
}

function driftFor(expected: Expected, own: readonly Deployed[]): PrincipalDrift {
  const { principal, rules, line, boxes } = expected;
  const base = { principal, rules, line, files: own.flatMap(({ files }) => files), claims: [] };
  if (own.length === 0) {
    if (boxes.length > 0) return { ...base, result: 'missing', notes: [] };
    const why = expected.elsewhere
      ? 'another system checks the token: compare that one'
      : 'nothing is written for it, and no file tells of it';
    return { ...base, result: 'same', notes: [why] };
  }
  const unclear = own.flatMap((one) => one.unclear);
  const comparison = compareBoxes(
    own.flatMap((one) => one.boxes),
    boxes,
  );
  const notes = [...new Set([...unclear, ...(comparison.unclear === undefined ? [] : [comparison.unclear])])];
  const life = longerLife(expected, own);
  if (notes.length === 0) {
    const result = resultOf({ ...comparison, longer: life.length > 0 });
    return { ...base, ...comparison, claims: [...comparison.claims, ...life], result, notes };
  }
  // Whether it refuses a token is not known: what was not understood may take it.
  const { narrower: _, ...rest } = comparison;
  return { ...base, ...rest, result: 'unknown', notes };
}

function resultOf({ wider, narrower, longer }: Comparison & { readonly longer: boolean }): DriftResult {
  const more = wider !== undefined || longer;
  if (more && narrower) return 'different';
  if (more) return 'wider';
  return narrower ? 'narrower' : 'same';
}

/** That a credential may live longer than what is rendered lets it; shorter is for the run to find out. */
function longerLife({ longest }: Expected, own: readonly Deployed[]): Comparison['claims'] {
  const [deployed] = own.flatMap((one) => one.longest ?? []).toSorted((a, b) => b - a);
  if (longest === undefined || deployed === undefined || deployed <= longest) return [];
  const shown = Number.isFinite(deployed) ? `${deployed} s` : 'without end';
  return [{ claim: 'longest life', policy: `${longest} s`, deployed: shown }];
}

function strangerOf(principal: string, own: readonly Deployed[]): PrincipalDrift {
  const comparison = compareBoxes(
    own.flatMap(({ boxes }) => boxes),
    [],
  );
  const notes = [
    ...own.flatMap(({ unclear }) => unclear),
    ...(comparison.unclear === undefined ? [] : [comparison.unclear]),
  ];
  return {
    ...comparison,
    principal,
    result: 'unknown-principal',
    files: own.flatMap(({ files }) => files),
    rules: [],
    notes,
  };
}

/** For CI: 0 the same, 1 a file that cannot be read, 3 drift. */
export function driftExit({ principals, faults }: DriftReport): 0 | 1 | 3 {
  if (faults.length > 0) return 1;
  return principals.some(({ result }) => result !== 'same') ? 3 : 0;
}
