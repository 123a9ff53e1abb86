import { plain } from '../../untrusted.ts';
import type { Annotation } from '../commands/annotation.ts';
import { wrapped } from '../wrapped.ts';
import type { DriftReport, DriftResult, PrincipalDrift } from './drift.ts';
import type { Witness } from './outside.ts';

const SAYS: Readonly<Record<DriftResult, string>> = {
  same: 'as the policy says',
  wider: 'takes tokens that the policy does not allow',
  narrower: 'refuses tokens that the policy allows',
  different: 'takes tokens that the policy does not allow, and refuses others that it does',
  unknown: 'not all of it is understood, which counts as wider',
  missing: 'not deployed, or not downloaded',
  'unknown-principal': 'the policy does not hand this out',
};

/** For a terminal: each principal, then claim by claim what differs, then a token that shows it. */
export function driftText(report: DriftReport): string {
  const faults = report.faults.map(({ file, message }) => `${plain(file)}: ${plain(message)}`);
  const blocks = report.principals.map(principalText);
  return [...faults, ...blocks, ...endLines(report)].join('\n');
}

/** How many are not as they should be, and what to do about it. */
function endLines({ target, source, principals, faults }: DriftReport): readonly string[] {
  const drifted = principals.filter(({ result }) => result !== 'same');
  const policy = plain(source);
  const unread = faults.length === 0 ? '' : `; files that are not understood: ${faults.length}`;
  const unseen = faults.length > 0 || drifted.some(({ result }) => result === 'missing');
  return [
    `${target}: ${verdict(policy, principals.length, drifted.length)}${unread}`,
    ...(drifted.length === 0
      ? []
      : [`  what it should be, with the same options: dbt-passport policy render ${target} ${policy}`]),
    ...(unseen ? ['  what to download: docs/drift.md, or dbt-passport policy drift --help'] : []),
  ];
}

function verdict(policy: string, all: number, drifted: number): string {
  if (all === 0) return `${policy} hands out nothing of it, and no file tells of anything`;
  return drifted === 0 ? `all ${all} as ${policy} says` : `${drifted} of ${all} not as ${policy} says`;
}

function principalText(drift: PrincipalDrift): string {
  const { principal, result, claims, notes, wider, narrower, rules, files } = drift;
  const from = [
    ...(rules.length === 0 ? [] : [`rules ${rules.map((id) => plain(id)).join(', ')}`]),
    ...(files.length === 0 ? [] : [`in ${[...new Set(files)].map((file) => plain(file)).join(', ')}`]),
  ].join('; ');
  const indent = ' '.repeat(11);
  const about = [...(result === 'same' ? [] : [SAYS[result]]), ...(from === '' ? [] : [from])];
  return [
    `${result.padEnd(10)} ${plain(principal)}`,
    ...about.map((text) => wrapped(`${indent}${text}`, 100, indent)),
    ...notes.map((note) => `  note: ${plain(note)}`),
    ...claims.flatMap(({ claim, policy, deployed }) => [
      `  ${plain(claim)}`,
      `    policy:   ${plain(policy)}`,
      `    deployed: ${plain(deployed)}`,
    ]),
    ...witnessText('taken, though the policy does not allow it', wider),
    ...witnessText('refused, though the policy allows it', narrower),
  ].join('\n');
}

function witnessText(title: string, witness: Witness | undefined): readonly string[] {
  if (witness === undefined) return [];
  const claims = [...witness].map(([claim, value]) =>
    value === null ? `    (no ${plain(claim)})` : `    ${plain(claim)}: ${plain(value)}`,
  );
  return [`  a token that is ${title}:`, ...claims];
}

/** The same for programs; names are stable. */
export function driftJson({ target, source, principals, faults }: DriftReport): object {
  return {
    target,
    policy: source,
    principals: principals.map(
      ({ wider, narrower, principal, result, rules, line, files, claims, notes }) => ({
        principal,
        result,
        rules,
        ...(line !== undefined && { line }),
        files,
        claims,
        ...(wider && { acceptedByDeployedOnly: Object.fromEntries(wider) }),
        ...(narrower && { acceptedByPolicyOnly: Object.fromEntries(narrower) }),
        notes,
      }),
    ),
    faults,
  };
}

/** For a pull request: each drift at the first rule that leads to it, each unreadable file at its start. */
export function driftAnnotations({ target, source, principals, faults }: DriftReport): readonly Annotation[] {
  const drifted = principals.filter(({ result }) => result !== 'same');
  return [
    ...drifted.map(({ principal, result, claims, notes, line }): Annotation => {
      const differences = claims.map(
        (each) => `${each.claim}: policy ${each.policy}; deployed ${each.deployed}`,
      );
      return {
        level: result === 'narrower' ? 'warning' : 'error',
        file: source,
        line: line ?? 1,
        title: plain(`policy drift ${target}: ${principal}`, 100),
        message: [SAYS[result], ...notes, ...differences].map((text) => plain(text)).join('\n'),
      };
    }),
    ...faults.map(
      ({ file, message }): Annotation => ({
        level: 'error',
        file,
        line: 1,
        title: `policy drift ${target}`,
        message: plain(message),
      }),
    ),
  ];
}
